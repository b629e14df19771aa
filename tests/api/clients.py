"""Imports every module of the generated Python clients, and checks that they have each operation of the descriptions.

Usage: clients.py DESCRIPTIONS PACKAGES NAME...
"""

import importlib
import json
import pathlib
import pkgutil
import sys


def main() -> int:
    descriptions, packages, *names = sys.argv[1:]
    sys.dont_write_bytecode = True
    sys.path.insert(0, packages)
    missing = 0
    for name in names:
        package = importlib.import_module(name)
        modules = {module.name for module in pkgutil.walk_packages(package.__path__, f"{name}.")}
        for module in sorted(modules):
            importlib.import_module(module)
        client_operations = {module.rsplit(".", 1)[1] for module in modules if module.startswith(f"{name}.api.")}
        paths = json.loads(pathlib.Path(descriptions, f"{name}.json").read_text())["paths"]
        operations = [operation["operationId"] for path in paths.values() for operation in path.values()]
        for operation in operations:
            if operation not in client_operations:
                print(f"{name}: the client has no {operation}", file=sys.stderr)
                missing += 1
        print(f"{name}: {len(operations)} operations, {len(modules)} modules imported")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
