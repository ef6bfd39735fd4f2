int lane_bytes_of_first();
int lane_bytes_of_second();
int lane_bytes_of_plain();

int main() { return lane_bytes_of_first() == lane_bytes_of_second() && lane_bytes_of_plain() == 16 ? 0 : 1; }
