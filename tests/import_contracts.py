"""A contract for import-linter: a package imports nothing from outside but what a list allows."""

from __future__ import annotations

from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowListContract(Contract):
    """Whatever is not on the list is forbidden, also what nobody has thought of yet.

    Options: `package`, and `allowed`, the top-level modules outside of it that its modules may import themselves.
    """

    package = fields.StringField()
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every direct import of the package's modules."""
        package = str(self.package)
        modules = {package, *graph.find_descendants(package)}
        allowed = cast("set[str]", self.allowed)
        found: set[tuple[str, str]] = set()
        used: set[str] = set()
        for module in modules:
            for imported in graph.find_modules_directly_imported_by(module):
                if imported in modules:
                    continue
                top = imported.partition(".")[0]
                used.add(top)
                if top not in allowed:
                    found.add((module, imported))
        unused = sorted(allowed - used)
        return ContractCheck(
            kept=not found and not unused, metadata={"found": sorted(found), "unused": unused, "package": package}
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say which module imports what, and what the list allows for nothing."""
        for module, imported in check.metadata["found"]:
            output.print_error(f"{module} imports {imported}, which is not on the list of what it may import")
        for name in check.metadata["unused"]:
            output.print_error(f"nothing in {check.metadata['package']} imports {name}: take it off the list")
