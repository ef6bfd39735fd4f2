#!/bin/sh
# Poetry in the images, found before the program itself. Their project is /opt/spectralmc-python, so that a tree mounted at
# /workspace does not hide it; Poetry would look for one in the current folder and above alone. Where there is none, it is
# told of the image's, and the current folder stays what it is: `poetry run check-code` works in /workspace.
set -eu
folder=$(pwd)
while [ ! -f "$folder/pyproject.toml" ]; do
  if [ "$folder" = / ]; then exec /usr/local/bin/poetry --project=/opt/spectralmc-python "$@"; fi
  folder=$(dirname "$folder")
done
exec /usr/local/bin/poetry "$@"
