"""Letters of other scripts that look like Latin ones."""

from __future__ import annotations

CYRILLIC_AND_GREEK = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0430\u0435\u043e\u0440\u0441\u0445"
    "\u0391\u0392\u0395\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u03bf",
    "ABEKMHOPCTXaeopcx" + "ABEHIKMNOPTXo",
)
"""In units that devices send."""
