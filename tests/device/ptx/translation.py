"""PTX as C++: each function becomes one that runs a single thread of a block. execution.hpp has what it calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ptx_text import (
    Brace,
    Directive,
    Function,
    Instruction,
    Label,
    Module,
    PtxError,
    Variable,
    aligned,
    operands_of,
    size_of,
    variable,
)

from tools.ptx_products import FUSABLE_PRODUCT, FUSABLE_SUM

SPECIAL = {
    f"%{register}.{axis}": f"self.{place}.{axis}"
    for register, place in (
        ("tid", "place"),
        ("ntid", "grid->block_size"),
        ("ctaid", "block_place"),
        ("nctaid", "grid->grid_size"),
    )
    for axis in "xyz"
}
SHARED_ALIGNMENT = 16


def cpp_type(kind: str) -> str:
    if kind == "pred":
        return "bool"
    bits = 8 * size_of(kind)
    if kind[0] == "f":
        return {32: "float", 64: "double"}[bits]
    return f"std::{'' if kind[0] == 's' else 'u'}int{bits}_t"


def unsigned(kind: str) -> str:
    return f"u{8 * size_of(kind)}"


def cpp_name(name: str) -> str:
    """Of a register, a label or a symbol; no two of a function become one."""
    return re.sub(r"\W", "_", name.replace("%", "r_").replace("$", "l_"))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True)
class Place:
    """Where a symbol of a function is: the C++ of its first byte, and how many there are."""

    space: str
    pointer: str
    size: int


class FunctionTranslation:
    def __init__(self, owner: ModuleTranslation, function: Function, fuse: bool) -> None:
        self.owner = owner
        self.function = function
        self.registers: dict[str, str] = {}
        self.places: dict[str, Place] = {}
        self.shared: dict[str, int] = {}
        self.shared_end = owner.shared_end
        self.declarations: list[str] = []
        self.code: list[str] = []
        self.depth = 0
        self.last_label = ""
        self.targets: dict[str, list[str]] = {}
        self.products = self.fusable_products() if fuse else {}
        self.fused_sums = 0
        self.parameters: list[tuple[int, int]] = []
        self.parameter_bytes = 0

    # What there is to fuse.

    def fusable_products(self) -> dict[str, Instruction]:
        """By their registers, the products that ptxas was seen to fuse: all that use them are sums."""
        products: dict[str, Instruction] = {}
        definitions: dict[str, int] = {}
        others: set[str] = set()
        used: set[str] = set()
        for each in self.function.statements:
            if not isinstance(each, Instruction) or not each.operands:
                continue
            stores = each.operation in ("st", "bra", "red", "bar")
            sources = each.operands if stores else each.operands[1:]
            found = set(re.findall(r"%\w+", ",".join(sources)))
            used |= found
            if not FUSABLE_SUM.fullmatch(each.name):
                others |= found
            if not stores:
                for register in re.findall(r"%\w+", each.operands[0]):
                    definitions[register] = definitions.get(register, 0) + 1
            if FUSABLE_PRODUCT.fullmatch(each.name) and not each.predicate:
                products[each.operands[0]] = each
        return {
            name: product
            for name, product in products.items()
            if name in used and name not in others and definitions[name] == 1
        }

    # The whole function.

    def text(self) -> str:
        self.place_parameters()
        for each in self.function.statements:
            if isinstance(each, Label):
                self.last_label = each.name
                self.code.append(f"{cpp_name(each.name)}:;")
            elif isinstance(each, Brace):
                self.depth += 1 if each.opens else -1
                self.code.append("{" if each.opens else ";}")
            elif isinstance(each, Directive):
                self.directive(each.text)
            elif each.operation == "brx":
                self.code.append(self.indexed_branch(each))
            else:
                self.code.append(self.instruction(each))
        lines = [self.owner.head(self.function) + " {", *self.declarations, *self.code, "}"]
        if self.function.is_kernel:
            sizes = ", ".join(f"{{{offset}, {size}}}" for offset, size in self.parameters)
            lines.append(
                f"static const kernel kernel_{self.owner.cpp_function(self.function.name)}("
                f"{quoted(self.function.name)}, {self.owner.module.target}, "
                f"{self.owner.cpp_function(self.function.name)}, {{{sizes}}}, {self.parameter_bytes}, "
                f"{aligned(self.shared_end, SHARED_ALIGNMENT)}, {self.function.most_threads});"
            )
        return "\n".join(lines)

    def place_parameters(self) -> None:
        if self.function.is_kernel:
            offset = 0
            for each in self.function.parameters:
                offset = aligned(offset, each.alignment)
                self.places[each.name] = Place("param", f"(parameters + {offset})", each.size)
                self.parameters.append((offset, each.size))
                offset += each.size
            self.parameter_bytes = offset
            return
        for number, each in enumerate(self.function.parameters):
            self.places[each.name] = Place("param", f"arguments[{number}]", each.size)
        for each in self.function.results:
            self.places[each.name] = Place("param", "result", each.size)

    def directive(self, text: str) -> None:
        if text.startswith(".reg"):
            self.declare_registers(text)
        elif text.startswith(".branchtargets"):
            self.targets[self.last_label] = list(operands_of(text.removeprefix(".branchtargets")))
        elif re.match(r"\.(pragma|loc|file|section)\b", text):
            return
        else:
            self.declare_variable(variable(text))

    def declare_registers(self, text: str) -> None:
        found = re.fullmatch(r"\.reg\s+\.(\w+)\s+(.*)", text)
        if found is None:
            raise PtxError(text)
        names: list[str] = []
        for item in operands_of(found[2]):
            many = re.fullmatch(r"([%\w$]+)<(\d+)>", item)
            names += [f"{many[1]}{number}" for number in range(int(many[2]))] if many else [item]
        kind = found[1]
        for name in names:
            self.registers[name] = kind
        # In an inner scope a jump may pass by, so that nothing is initialised there.
        rubbish = f" = rubbish<{cpp_type(kind)}>()" if self.depth == 0 else ""
        lines = self.declarations if self.depth == 0 else self.code
        for begin in range(0, len(names), 8):
            some = ", ".join(cpp_name(name) + rubbish for name in names[begin : begin + 8])
            lines.append(f"[[maybe_unused]] {cpp_type(kind)} {some};")

    def declare_variable(self, declared: Variable) -> None:
        name = cpp_name(declared.name)
        if declared.space == "shared":
            if not self.function.is_kernel:
                raise PtxError(f"shared memory of a function that is no kernel: {declared.name}")
            self.shared[declared.name] = aligned(self.shared_end, declared.alignment)
            self.shared_end = self.shared[declared.name] + declared.size
        elif declared.space == "local":
            self.declarations.append(
                f"alignas({max(declared.alignment, 16)}) unsigned char {name}[{declared.size}];\n"
                f"const local_memory in_use_{name}(self, {name}, sizeof {name});"
            )
            self.places[declared.name] = Place("local", name, declared.size)
        elif declared.space == "param":
            self.code.append(f"alignas(16) unsigned char {name}[{declared.size}];")
            self.places[declared.name] = Place("param", name, declared.size)
        else:
            raise PtxError(f"a variable in .{declared.space} within a function")

    # Operands.

    def read(self, operand: str, kind: str) -> str:
        wanted = cpp_type(kind)
        if operand in SPECIAL:
            return f"{wanted}({SPECIAL[operand]})"
        if operand.startswith("!"):
            return f"!{self.read(operand[1:], kind)}"
        if operand in self.registers:
            have = self.registers[operand]
            name = cpp_name(operand)
            if cpp_type(have) == wanted:
                return name
            if size_of(have) == size_of(kind):
                return f"bits_as<{wanted}>({name})"
            if size_of(have) > size_of(kind) and "f" not in (have[0], kind[0]):
                return f"{wanted}({name})"
            raise PtxError(f"{operand} of .{have} is read as .{kind}")
        if digits := re.fullmatch(r"0[fF]([0-9a-fA-F]{8})|0[dD]([0-9a-fA-F]{16})", operand):
            bits = f"0x{digits[1]}u" if digits[1] else f"0x{digits[2]}ull"
            if size_of(kind) != (4 if digits[1] else 8):
                raise PtxError(f"{operand} is read as .{kind}")
            return f"bits_as<{wanted}>({bits})" if kind[0] == "f" else bits
        if re.fullmatch(r"-?(0[xX][0-9a-fA-F]+|\d+)U?", operand):
            number = int(operand.rstrip("U"), 0)
            if kind == "pred":
                return "true" if number else "false"
            return f"{wanted}({number & 0xFFFFFFFFFFFFFFFF:#x}ull)"
        return f"{wanted}({self.symbol(operand)})"

    def symbol(self, operand: str) -> str:
        """The address of a symbol in its space, as a number."""
        name, _, offset = operand.partition("+")
        if name in self.shared:
            return f"{self.shared[name] + int(offset or 0)}"
        if name in self.owner.shared:
            return f"({self.owner.shared[name]} + {offset or 0})"
        if name in self.owner.globals:
            return f"(address_of({self.owner.globals[name]}) + {offset or 0})"
        if name in self.places:
            return f"(address_of({self.places[name].pointer}) + {offset or 0})"
        raise PtxError(f"operand {operand}")

    def assign(self, target: str, kind: str, expression: str) -> str:
        if target == "_":
            return f"static_cast<void>({expression});"
        have = self.registers[target]
        name, given, own = cpp_name(target), cpp_type(kind), cpp_type(have)
        if given == own:
            return f"{name} = {expression};"
        if size_of(have) == size_of(kind):
            return f"{name} = bits_as<{own}>({given}({expression}));"
        if "f" in (have[0], kind[0]) and not (kind[0] == "f" and size_of(have) > size_of(kind)):
            raise PtxError(f"{target} of .{have} is given a .{kind}")
        if kind[0] == "f":  # its bits, in a register that has room for more
            return f"{name} = {own}(bits_as<{cpp_type(unsigned(kind))}>({expression}));"
        return f"{name} = {own}({given}({expression}));"

    # Memory.

    def space_of(self, instruction: Instruction) -> str:
        for each in instruction.modifiers:
            space = each.split("::")[0]
            if space in ("param", "global", "shared", "local", "const"):
                return space
        return "generic"

    def address(self, operand: str, space: str) -> tuple[str, str, int | None]:
        """The space and the address of [operand]; how many bytes follow it, if that is known now."""
        found = re.fullmatch(r"\[\s*([%\w$.]+)\s*(?:\+\s*(-?\d+))?\s*\]", operand)
        if found is None:
            raise PtxError(f"address {operand}")
        base, offset = found[1], int(found[2] or 0)
        if base in self.places:
            place = self.places[base]
            if offset < 0:
                raise PtxError(f"address {operand}")
            return place.space, f"{place.pointer} + {offset}", place.size - offset
        if base in self.registers:
            kind = "u32" if size_of(self.registers[base]) == 4 else "u64"
            return space, f"std::uint64_t({cpp_type(kind)}({self.read(base, kind)} + {offset}))", None
        if re.fullmatch(r"\d+", base):
            return space, f"std::uint64_t({int(base) + offset})", None
        if base in self.owner.globals and space == "generic":
            space = "global"
        return space, f"std::uint64_t({self.symbol(base)} + {offset})", None

    def touched(self, operand: str, space: str, size: int, access: str) -> str:
        """C++ of a pointer to memory that is checked."""
        space, address, left = self.address(operand, space)
        if left is not None:
            if size > left:
                raise PtxError(f"{operand} is less than {size} bytes")
            return f"({address})"
        name = "constant" if space == "const" else space
        return f"touch(self, memory_space::{name}, {address}, {size}, access::{access})"

    def load(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        space, size = self.space_of(i), size_of(kind)
        targets = operands_of(i.operands[0][1:-1]) if i.operands[0].startswith("{") else (i.operands[0],)
        self.check_vector(i, len(targets))
        access = "peeks" if {"volatile", "relaxed", "acquire"} & set(i.modifiers) else "reads"
        lines = [f"const unsigned char* const at = {self.touched(i.operands[1], space, size * len(targets), access)};"]
        lines += [
            self.assign(target, kind, f"value_at<{cpp_type(kind)}>(at + {number * size})")
            for number, target in enumerate(targets)
        ]
        return "{ " + " ".join(lines) + " }"

    def store(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        space, size = self.space_of(i), size_of(kind)
        sources = operands_of(i.operands[1][1:-1]) if i.operands[1].startswith("{") else (i.operands[1],)
        self.check_vector(i, len(sources))
        lines = [f"unsigned char* const at = {self.touched(i.operands[0], space, size * len(sources), 'writes')};"]
        lines += [
            f"put_at<{cpp_type(kind)}>(at + {number * size}, {self.read(source, kind)});"
            for number, source in enumerate(sources)
        ]
        return "{ " + " ".join(lines) + " }"

    @staticmethod
    def check_vector(i: Instruction, parts: int) -> None:
        told = [int(each[1]) for each in i.modifiers if re.fullmatch(r"v[248]", each)]
        if (told or [1]) != [parts]:
            raise PtxError(i.text)

    def atomic(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        target, operands = ("_", i.operands) if i.operation == "red" else (i.operands[0], i.operands[1:])
        of_two = {
            "add": "old + value",
            "min": "value < old ? value : old",
            "max": "old < value ? value : old",
            "exch": "value",
            "and": "old & value",
            "or": "old | value",
            "xor": "old ^ value",
            "cas": "old == value ? other : old",
        }
        operation = next((each for each in i.modifiers if each in of_two), None)
        if operation is None or "noftz" in i.modifiers or kind == "f16":
            raise PtxError(i.text)
        cpp = cpp_type(kind)
        lines = [
            f"unsigned char* const at = {self.touched(operands[0], self.space_of(i), size_of(kind), 'adds')};",
            f"const {cpp} old = value_at<{cpp}>(at), value = {self.read(operands[1], kind)};",
        ]
        if operation == "cas":
            lines.append(f"const {cpp} other = {self.read(operands[2], kind)};")
        result = f"canonical({of_two[operation]})" if kind[0] == "f" else of_two[operation]
        lines += [f"put_at<{cpp}>(at, {cpp}({result}));", self.assign(target, kind, "old")]
        return "{ " + " ".join(lines) + " }"

    # Instructions.

    def instruction(self, i: Instruction) -> str:
        handler = HANDLERS.get(i.operation)
        if handler is None:
            raise PtxError(f"instruction {i.text}")
        try:
            text = handler(self, i)
        except (IndexError, KeyError, TypeError) as error:
            raise PtxError(f"instruction {i.text} ({error!r})") from error
        if not i.predicate:
            return text
        return f"if ({self.read(i.predicate, 'pred')}) {{ {text} }}"

    def branch(self, i: Instruction) -> str:
        return f"goto {cpp_name(i.operands[0])};"

    def indexed_branch(self, i: Instruction) -> str:
        cases = " ".join(
            f"case {number}: goto {cpp_name(label)};" for number, label in enumerate(self.targets[i.operands[1]])
        )
        return f"switch ({self.read(i.operands[0], 'u32')}) {{ {cases} default: stop(self, {quoted(i.text)}); }}"

    def end(self, i: Instruction) -> str:
        return "return;"

    def barrier(self, i: Instruction) -> str:
        if i.operands != ("0",):
            raise PtxError(i.text)
        return f"barrier(self, {self.owner.next_barrier()});"

    def fence(self, i: Instruction) -> str:
        return ";"

    def trap(self, i: Instruction) -> str:
        return f"stop(self, {quoted(i.text)});"

    def move(self, i: Instruction) -> str:
        kind, (target, source) = i.modifiers[-1], i.operands
        for vector, whole in ((source, target), (target, source)):
            if not vector.startswith("{"):
                continue
            parts = operands_of(vector[1:-1])
            bits = 8 * size_of(kind) // len(parts)
            part = f"u{bits}"
            kind = unsigned(kind)
            if vector is source:
                joined = " | ".join(
                    f"{cpp_type(kind)}({self.read(each, part)}) << {bits * number}" for number, each in enumerate(parts)
                )
                return self.assign(whole, kind, joined)
            given = " ".join(
                self.assign(each, part, f"{cpp_type(part)}(whole >> {bits * number})")
                for number, each in enumerate(parts)
            )
            return f"{{ const {cpp_type(kind)} whole = {self.read(whole, kind)}; {given} }}"
        return self.assign(target, kind, self.read(source, kind))

    def convert_address(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        value = self.read(i.operands[1], kind)
        if "shared" in i.modifiers:
            value = f"{value} {'-' if 'to' in i.modifiers else '+'} shared_window"
        return self.assign(i.operands[0], kind, value)

    def call(self, i: Instruction) -> str:
        operands = list(i.operands)
        result = operands.pop(0)[1:-1].strip() if operands[0].startswith("(") else ""
        name = operands[0]
        arguments = operands_of(operands[1][1:-1]) if len(operands) > 1 else ()
        if name not in self.owner.functions:
            raise PtxError(f"a call of what is not in the module: {i.text}")
        list_of_arguments = ", ".join(cpp_name(each) for each in arguments) or "nullptr"
        return (
            f"{{ unsigned char* const handed[] = {{{list_of_arguments}}}; "
            f"{self.owner.cpp_function(name)}(self, {cpp_name(result) if result else 'nullptr'}, handed); }}"
        )

    def refuse(self, i: Instruction, *modifiers: str) -> None:
        for each in modifiers:
            if each in i.modifiers:
                raise PtxError(f"instruction {i.text}")

    def sum(self, i: Instruction) -> str:
        kind, sign = i.modifiers[-1], "+" if i.operation == "add" else "-"
        target, *operands = i.operands
        if kind[0] != "f":
            self.refuse(i, "sat", "cc")
            return self.assign(target, kind, self.wrapping(kind, sign, *operands))
        self.refuse(i, "ftz", "sat", "rz", "rm", "rp")
        if FUSABLE_SUM.fullmatch(i.name):
            for number, operand in enumerate(operands):
                if operand in self.products:
                    self.fused_sums += 1
                    factor, product = f"{cpp_name(operand)}_factor", f"{cpp_name(operand)}_other"
                    other = self.read(operands[1 - number], kind)
                    first = f"-{factor}" if sign == "-" and number == 1 else factor
                    last = f"-{other}" if sign == "-" and number == 0 else other
                    return self.assign(target, kind, f"canonical(std::fma({first}, {product}, {last}))")
        left, right = (self.read(each, kind) for each in operands)
        return self.assign(target, kind, f"canonical({left} {sign} {right})")

    def product(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        if kind[0] == "f" and i.operation == "mad":
            return self.fused_product(i)
        target, left, right = i.operands[:3]
        if kind[0] == "f":
            self.refuse(i, "ftz", "sat", "rz", "rm", "rp")
            text = self.assign(target, kind, f"canonical({self.read(left, kind)} * {self.read(right, kind)})")
            if target in self.products:
                factor, other = f"{cpp_name(target)}_factor", f"{cpp_name(target)}_other"
                self.declarations.append(f"{cpp_type(kind)} {factor} = 0, {other} = 0;")
                return f"{factor} = {self.read(left, kind)}; {other} = {self.read(right, kind)}; {text}"
            return text
        self.refuse(i, "sat", "cc")
        bits = 8 * size_of(kind)
        if "wide" in i.modifiers:
            result = f"{kind[0]}{2 * bits}"
            value = f"({cpp_type(result)}({self.read(left, kind)}) * {cpp_type(result)}({self.read(right, kind)}))"
        elif "hi" in i.modifiers:
            result = kind
            sign = "" if kind[0] == "s" else "unsigned "
            wide = f"{sign}__int128" if bits == 64 else cpp_type(f"{kind[0]}{2 * bits}")
            value = f"(({wide}){self.read(left, kind)} * ({wide}){self.read(right, kind)} >> {bits})"
        else:
            result = kind
            value = self.wrapping(kind, "*", left, right)
        if i.operation == "mad":
            plain = cpp_type(unsigned(result))
            value = f"{plain}({value}) + {plain}({self.read(i.operands[3], result)})"
        return self.assign(target, result, f"{cpp_type(result)}({value})")

    def wrapping(self, kind: str, sign: str, left: str, right: str) -> str:
        # In 64 bits, as C++ would compute narrower ones in int, which must not overflow.
        a, b = self.read(left, kind), self.read(right, kind)
        return f"{cpp_type(kind)}(std::uint64_t({a}) {sign} std::uint64_t({b}))"

    def fused_product(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        self.refuse(i, "ftz", "sat", "rz", "rm", "rp")
        values = ", ".join(self.read(each, kind) for each in i.operands[1:])
        return self.assign(i.operands[0], kind, f"canonical(std::fma({values}))")

    def quotient(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        left, right = (self.read(each, kind) for each in i.operands[1:])
        if kind[0] == "f":
            if "rn" not in i.modifiers or "ftz" in i.modifiers:
                raise PtxError(f"instruction {i.text}")
            return self.assign(i.operands[0], kind, f"canonical({left} / {right})")
        name = "quotient" if i.operation == "div" else "remainder"
        return self.assign(i.operands[0], kind, f"{name}<{cpp_type(kind)}>({left}, {right})")

    def of_one(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        value, cpp = self.read(i.operands[1], kind), cpp_type(kind)
        if kind[0] == "f":
            if i.operation in ("sqrt", "rcp") and "rn" not in i.modifiers or "ftz" in i.modifiers:
                raise PtxError(f"instruction {i.text}")
            result = {
                "sqrt": f"canonical(std::sqrt({value}))",
                "rcp": f"canonical({cpp}(1) / {value})",
                "abs": f"std::fabs({value})",
                "neg": f"-{value}",
            }[i.operation]
        else:
            result = {
                "abs": f"{cpp}({value} < 0 ? 0 - std::uint64_t({value}) : std::uint64_t({value}))",
                "neg": f"{cpp}(0 - std::uint64_t({value}))",
                "not": f"!{value}" if kind == "pred" else f"{cpp}(~{value})",
                "popc": f"count_of_ones({value})",
                "clz": f"leading_zeros({value})",
                "brev": f"reversed({value})",
            }[i.operation]
        if i.operation in ("popc", "clz"):
            kind = "u32"
        return self.assign(i.operands[0], kind, result)

    def extreme(self, i: Instruction) -> str:
        self.refuse(i, "ftz", "NaN", "xorsign", "relu")
        kind = i.modifiers[-1]
        values = ", ".join(self.read(each, kind) for each in i.operands[1:])
        name = {"min": "minimum", "max": "maximum"}[i.operation]
        return self.assign(i.operands[0], kind, f"{name}<{cpp_type(kind)}>({values})")

    def copy_sign(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        sign, value = (self.read(each, kind) for each in i.operands[1:])
        return self.assign(i.operands[0], kind, f"std::copysign({value}, {sign})")

    def bitwise(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        sign = {"and": "&", "or": "|", "xor": "^"}[i.operation]
        left, right = (self.read(each, kind) for each in i.operands[1:])
        return self.assign(i.operands[0], kind, f"{cpp_type(kind)}({left} {sign} {right})")

    def shift(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        if i.operation == "shl" or kind[0] == "b":
            kind = unsigned(kind)
        name = {"shl": "shifted_left", "shr": "shifted_right"}[i.operation]
        return self.assign(
            i.operands[0], kind, f"{name}({self.read(i.operands[1], kind)}, {self.read(i.operands[2], 'u32')})"
        )

    def funnel_shift(self, i: Instruction) -> str:
        low, high, count = (self.read(each, "u32") for each in i.operands[1:])
        name = "funnel_left" if "l" in i.modifiers else "funnel_right"
        clamp = "true" if "clamp" in i.modifiers else "false"
        return self.assign(i.operands[0], "u32", f"{name}({low}, {high}, {count}, {clamp})")

    def of_bits(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        if i.operation == "prmt":
            self.refuse(i, "f4e", "b4e", "rc8", "ecl", "ecr", "rc16")
        name = {"lop3": "by_table", "prmt": "permuted", "bfe": "extracted", "bfi": "inserted"}[i.operation]
        kinds = {
            "lop3": ("u32",) * 4,
            "prmt": ("u32",) * 3,
            "bfe": (kind, "u32", "u32"),
            "bfi": (unsigned(kind), unsigned(kind), "u32", "u32"),
        }[i.operation]
        values = ", ".join(self.read(each, of) for each, of in zip(i.operands[1:], kinds))
        return self.assign(i.operands[0], kinds[0], f"{name}({values})")

    def select(self, i: Instruction) -> str:
        kind = i.modifiers[-1]
        first, second = (self.read(each, kind) for each in i.operands[1:3])
        return self.assign(i.operands[0], kind, f"({self.read(i.operands[3], 'pred')} ? {first} : {second})")

    def compare(self, i: Instruction) -> str:
        self.refuse(i, "ftz")
        comparison, kind = i.modifiers[0], i.modifiers[-1]
        a, b = (self.read(each, kind) for each in i.operands[1:3])
        signs = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
        unsigned_signs = {"lo": "<", "ls": "<=", "hi": ">", "hs": ">="}
        unordered = f"is_unordered({a}, {b})"
        if kind[0] != "f":
            test = f"{a} {(signs | unsigned_signs)[comparison]} {b}"
        elif comparison in ("num", "nan"):
            test = f"{'!' if comparison == 'num' else ''}{unordered}"
        elif comparison.endswith("u"):
            test = f"{unordered} || {a} {signs[comparison[:-1]]} {b}"
        else:
            test = f"!{unordered} && {a} {signs[comparison]} {b}"
        with_flag = {"and": "&&", "or": "||", "xor": "!="}
        sign = next((with_flag[each] for each in i.modifiers[1:-1] if each in with_flag), "")
        flag = f" {sign} {self.read(i.operands[3], 'pred')}" if sign else ""
        targets = i.operands[0].split("|")
        lines = [f"const bool holds = {test};", f"const bool first = holds{flag}, second = (!holds){flag};"]
        lines += [self.assign(target, "pred", value) for target, value in zip(targets, ("first", "second"))]
        return "{ " + " ".join(lines) + " static_cast<void>(second); }"

    def convert(self, i: Instruction) -> str:
        self.refuse(i, "ftz", "relu")
        to, of = [each for each in i.modifiers if re.fullmatch(r"[bsuf]\d+", each)]
        value, cpp = self.read(i.operands[1], of), cpp_type(to)
        rounding = next((each for each in i.modifiers if re.fullmatch(r"r[nzmp]i?", each)), "")
        whole = {"rni": "std::nearbyint", "rzi": "std::trunc", "rmi": "std::floor", "rpi": "std::ceil"}
        if of[0] == "f" and to[0] == "f":
            if rounding not in ("", "rn", *whole) or "sat" in i.modifiers:
                raise PtxError(f"instruction {i.text}")
            result = f"canonical({cpp}({whole.get(rounding, '')}({value})))"
        elif of[0] == "f":
            result = f"to_integer<{cpp}>({whole[rounding]}({value}))"
        elif to[0] == "f":
            if rounding != "rn":
                raise PtxError(f"instruction {i.text}")
            result = f"{cpp}({value})"
        else:
            self.refuse(i, "sat")
            result = f"{cpp}({value})"
        return self.assign(i.operands[0], to, result)


Handler = Callable[[FunctionTranslation, Instruction], str]
HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(("ld", "ldu"), FunctionTranslation.load),
    "st": FunctionTranslation.store,
    **dict.fromkeys(("atom", "red"), FunctionTranslation.atomic),
    "bra": FunctionTranslation.branch,
    **dict.fromkeys(("ret", "exit"), FunctionTranslation.end),
    **dict.fromkeys(("bar", "barrier"), FunctionTranslation.barrier),
    **dict.fromkeys(("membar", "fence"), FunctionTranslation.fence),
    **dict.fromkeys(("trap", "brkpt"), FunctionTranslation.trap),
    "mov": FunctionTranslation.move,
    "cvta": FunctionTranslation.convert_address,
    "call": FunctionTranslation.call,
    **dict.fromkeys(("add", "sub"), FunctionTranslation.sum),
    **dict.fromkeys(("mul", "mad"), FunctionTranslation.product),
    "fma": FunctionTranslation.fused_product,
    **dict.fromkeys(("div", "rem"), FunctionTranslation.quotient),
    **dict.fromkeys(("sqrt", "rcp", "abs", "neg", "not", "popc", "clz", "brev"), FunctionTranslation.of_one),
    **dict.fromkeys(("min", "max"), FunctionTranslation.extreme),
    "copysign": FunctionTranslation.copy_sign,
    **dict.fromkeys(("and", "or", "xor"), FunctionTranslation.bitwise),
    **dict.fromkeys(("shl", "shr"), FunctionTranslation.shift),
    "shf": FunctionTranslation.funnel_shift,
    **dict.fromkeys(("lop3", "prmt", "bfe", "bfi"), FunctionTranslation.of_bits),
    "selp": FunctionTranslation.select,
    "setp": FunctionTranslation.compare,
    "cvt": FunctionTranslation.convert,
}


class ModuleTranslation:
    def __init__(self, module: Module, number: int, fuse: bool) -> None:
        self.module = module
        self.number = number
        self.fuse = fuse
        self.fused = 0
        self.functions = {each.name: each for each in module.functions}
        self.globals: dict[str, str] = {}
        self.shared: dict[str, str] = {}
        self.shared_end = 0
        self.barriers = 0

    def cpp_function(self, name: str) -> str:
        return f"function_{self.number}_{cpp_name(name)}"

    def head(self, function: Function) -> str:
        handed = (
            "const unsigned char* parameters"
            if function.is_kernel
            else "unsigned char* result, unsigned char* const* arguments"
        )
        maybe_unused = ", ".join(f"[[maybe_unused]] {each}" for each in ["thread& self", *handed.split(", ")])
        return f"static void {self.cpp_function(function.name)}({maybe_unused})"

    def next_barrier(self) -> int:
        """Numbers tell barriers apart where a C++ compiler may copy the code between them."""
        self.barriers += 1
        return self.barriers

    def declare(self, declared: Variable) -> str:
        if declared.space == "shared":
            if declared.elements is None:
                self.shared[declared.name] = "self.grid->dynamic_shared"
            else:
                offset = aligned(self.shared_end, declared.alignment)
                self.shared[declared.name] = str(offset)
                self.shared_end = offset + declared.size
            return ""
        if declared.elements is None:
            raise PtxError(f"{declared.name} is defined elsewhere")
        name = f"variable_{self.number}_{cpp_name(declared.name)}"
        self.globals[declared.name] = name
        # The bits of floating-point numbers are given as integers.
        kind = unsigned(declared.type)
        initial = re.sub(r"0[fFdD]([0-9a-fA-F]{16}|[0-9a-fA-F]{8})\b", r"0x\1", declared.initial).strip("{} \n")
        if re.search(r"[^-\w\s,.{}]|[g-wyzG-WYZ]", initial):
            raise PtxError(f"the initial value of {declared.name}: {initial[:60]}")
        values = ", ".join(f"{cpp_type(kind)}({each})" for each in re.findall(r"-?\w+", initial))
        writable = "true" if declared.space == "global" else "false"
        alignment = max(declared.alignment, 16)
        return (
            f"alignas({alignment}) static {cpp_type(kind)} {name}[{declared.elements}] = {{{values}}};\n"
            f"static const variable declared_{name}({name}, sizeof {name}, {writable});"
        )

    def text(self, chosen: Sequence[Function]) -> str:
        lines = [line for each in self.module.variables if (line := self.declare(each))]
        lines += [self.head(each) + ";" for each in chosen]
        for each in chosen:
            translated = FunctionTranslation(self, each, self.fuse)
            try:
                lines.append(translated.text())
            except PtxError as error:
                raise PtxError(f"{each.name}: {error}") from error
            self.fused += translated.fused_sums
        return "\n".join(lines)


def translation(modules: Sequence[Module], fuse: bool = False, only: str = "") -> tuple[str, int, int]:
    """C++ of the functions in whose name `only` is found; how many kernels these are, and the sums that were fused."""
    parts = ['#include "execution.hpp"', "", "namespace software_device::ptx {", "namespace {", ""]
    kernels = fused = 0
    for number, module in enumerate(modules):
        chosen = [each for each in module.functions if not each.is_kernel or re.search(only, each.name)]
        translated = ModuleTranslation(module, number, fuse)
        parts.append(translated.text(chosen))
        kernels += sum(each.is_kernel for each in chosen)
        fused += translated.fused
    parts += ["", "}  // namespace", "}  // namespace software_device::ptx", ""]
    return "\n".join(parts), kernels, fused
