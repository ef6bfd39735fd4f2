#!/usr/bin/env python3
"""Makes programs of the code in the documentation, so that the tests can compile and run it.

usage: extract_code.py FOLDER DOCUMENT...

Takes every block that is fenced as ```cpp or ```cuda in the documents (Markdown), writes sources (.cpp and .cu) into
FOLDER and prints their paths, one a line. Files that are right already are not touched, so that they are not compiled
again; .cpp and .cu files in FOLDER that come from no block any more are removed.

  ```cpp              a block
  ```cpp continued    goes on where the block of the same language before it in the document ended

A block with all that continues it is one of two things:
  a program     if it begins with #include or holds `int main(`. It is compiled as it is, in a file of its own named
                DOCUMENT_LINE; if it has no main it gets an empty one.
  a fragment    otherwise: the body of a function. All fragments of a document are functions of one program, named
                DOCUMENT_fragments, which runs them in order. They see <spectralmc/spectralmc.hpp>, for ```cuda also
                <spectralmc/execution/cuda.cuh>, some headers of the standard library, and `namespace smc = spectralmc`.
                Where there is no CUDA device, the program of ```cuda fragments prints 'SKIPPED: ' and why.
#line directives make compilers speak of lines of the document.
"""

import os
import re
import sys

FENCE = re.compile(r"^```(\w*) *(.*?) *$")
EXTENSION = {"cpp": ".cpp", "cuda": ".cu"}
INCLUDES = {
    "cpp": "#include <spectralmc/spectralmc.hpp>\n",
    "cuda": "#include <spectralmc/execution/cuda.cuh>\n#include <spectralmc/spectralmc.hpp>\n",
}
STANDARD_INCLUDES = "".join(
    "#include <%s>\n" % name for name in ("cmath", "cstdint", "cstdio", "exception", "tuple", "vector")
)
CHECK_OF_DEVICE = """\
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("SKIPPED: no CUDA device to run on\\n");
    return 0;
  }
"""


class Chain:
    """A block and those that continue it: pieces of (first line in the document, text)."""

    def __init__(self, language, line, text):
        self.language = language
        self.pieces = [(line, text)]

    @property
    def line(self):
        return self.pieces[0][0]

    @property
    def text(self):
        return "".join(text for _, text in self.pieces)

    @property
    def has_main(self):
        return re.search(r"\bint main\(", self.text) is not None

    @property
    def is_program(self):
        return self.text.lstrip().startswith("#include") or self.has_main

    def code(self, document):
        return "".join('#line %d "%s"\n%s' % (line, document, text) for line, text in self.pieces)


def chains_of(document):
    chains = []
    language, lines = None, []  # of the block that is read, None outside
    with open(document, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            fence = FENCE.match(line)
            if not fence:
                if language is not None:
                    lines.append(line)
            elif language is None:
                language, information, first, lines = fence.group(1), fence.group(2), number + 1, []
                if language in EXTENSION and information not in ("", "continued"):
                    sys.exit("error: %s:%d: after ```%s may stand: continued" % (document, number, language))
            else:
                if language in EXTENSION and not information:
                    chains.append(Chain(language, first, "".join(lines)))
                elif language in EXTENSION:
                    before = [chain for chain in chains if chain.language == language]
                    if not before:
                        sys.exit("error: %s:%d: nothing that this block continues" % (document, first - 1))
                    before[-1].pieces.append((first, "".join(lines)))
                language = None
    if language is not None:
        sys.exit("error: %s:%d: this block has no end" % (document, first - 1))
    return chains


def sources_of(document):
    """Pairs of a file's name and its text."""
    path = os.path.abspath(document)
    name = re.sub(r"\W", "_", os.path.splitext(os.path.basename(document))[0])
    chains = chains_of(document)
    for chain in chains:
        if chain.is_program:
            end = "" if chain.has_main else "int main() {}\n"
            yield "%s_%d%s" % (name, chain.line, EXTENSION[chain.language]), chain.code(path) + end
    for language in EXTENSION:
        fragments = [chain for chain in chains if chain.language == language and not chain.is_program]
        if fragments:
            text = INCLUDES[language] + STANDARD_INCLUDES + "namespace smc = spectralmc;\n"
            for chain in fragments:
                text += "static void line_%d() {\n%s}\n" % (chain.line, chain.code(path))
            text += "int main() {\n" + (CHECK_OF_DEVICE if language == "cuda" else "")
            for chain in fragments:
                text += '  std::printf("line %d\\n");\n  std::fflush(stdout);\n' % chain.line
                text += "  line_%d();\n" % chain.line
            yield "%s_fragments%s" % (name, EXTENSION[language]), text + "}\n"


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__.strip())
    folder = arguments[0]
    os.makedirs(folder, exist_ok=True)
    written = set()
    for document in arguments[1:]:
        for name, text in sources_of(document):
            if name in written:
                sys.exit("error: two documents of the same name: %s" % document)
            written.add(name)
            path = os.path.join(folder, name)
            try:
                with open(path, encoding="utf-8") as file:
                    same = file.read() == text
            except OSError:
                same = False
            if not same:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            print(path)
    for name in os.listdir(folder):
        if name not in written and os.path.splitext(name)[1] in EXTENSION.values():
            os.remove(os.path.join(folder, name))


if __name__ == "__main__":
    main(sys.argv[1:])
