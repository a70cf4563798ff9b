"""Documentation must quote example programs as they are: quoted.py SOURCE_TREE PROGRAM."""
import re
import subprocess
import sys
from pathlib import Path

tree, program = Path(sys.argv[1]), sys.argv[2]
source = (tree / "docs/examples/widest_first.cc").read_text()
output = subprocess.run([program], capture_output=True, text=True, check=True).stdout
failures = []
for page in ("README.md", "docs/policy.md"):
    blocks = re.findall(r"```cpp\n(.*?)```", (tree / page).read_text(), re.DOTALL)
    if not blocks:
        failures.append(f"{page}: quotes no code")
    failures += [f"{page}: this is not in widest_first.cc:\n{b}" for b in blocks if b not in source]
if output not in (tree / "docs/policy.md").read_text():
    failures.append(f"docs/policy.md does not say what the example prints:\n{output}")
print("\n".join(failures) or "quotes and output agree")
sys.exit(1 if failures else 0)
