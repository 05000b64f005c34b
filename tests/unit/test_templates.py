"""What the templates may call of a driver's."""

from __future__ import annotations

import re
from pathlib import Path

import clnd

TEMPLATES = Path(clnd.__file__).parent / "templates"
# Mathematical functions of OpenCL C that are not plain moves of bits or roundings. fmod is among them: OpenCL says that it is
# exact, and one driver's is not.
OF_THE_DRIVER = re.compile(
    r"(?<![\w.$\"'])((?:a?(?:cos|sin|tan)(?:h|pi)?|atan2(?:pi)?|cbrt|erfc?|exp(?:2|10|m1)?|fdim|fma|fmax|fmin|fmod|fract|frexp|hypot|ilogb|ldexp"
    r"|[lt]gamma|lgamma_r|log(?:2|10|1p|b)?|mad|maxmag|minmag|modf|nextafter|pow[nr]?|remainder|remquo|rootn|round|rsqrt|sincos|sqrt"
    r"|dot|length|normalize|distance|cross|mix|smoothstep|native_\w+|half_[a-z]\w*|v(?:store|load)_half\w*)\()"
)
# Those that the probe looks at, in the one place where they are replaced if they are wrong.
PROBED = {("ieee.cl.mako", "fma("), ("ieee.cl.mako", "sqrt("), ("probe.cl.mako", "fma("), ("probe.cl.mako", "sqrt(")}


def test_no_function_of_the_driver_is_called_unseen() -> None:
    called: dict[tuple[str, str], str] = {}
    for path in TEMPLATES.rglob("*.mako"):
        # Blocks of Python are no code of a kernel; their lines stay, so that numbers are right.
        text = re.sub(r"<%(?!def|namespace|include).*?%>", lambda block: "\n" * block[0].count("\n"), path.read_text(), flags=re.DOTALL)
        for number, line in enumerate(text.splitlines(), 1):
            code = line.partition("//")[0]
            if not code.lstrip().startswith(("##", "<%def")):
                called |= {(path.name, name): f"{path.name}:{number}: {line.strip()}" for name in OF_THE_DRIVER.findall(code)}
    assert not [where for call, where in called.items() if call not in PROBED]
    assert called.keys() >= PROBED


def test_no_function_changes_the_parts_of_a_parameter() -> None:
    """Structs are parameters by value; a driver that inlines without copying them would change the caller's."""
    changed = []
    for path in (TEMPLATES / "lib").glob("*.mako"):
        for name, parameters, body in re.findall(r"static inline [^\n(]*?(\w+)_\$\{\w+\}\(([^)]*)\)\s*(\{[^\n]*\}\n|\{\n.*?\n\})", path.read_text(), re.DOTALL):
            for parameter in parameters.split(","):
                if re.search(rf"(?<![\w.>]){parameter.split()[-1].lstrip('*')}\.\w+\s*=[^=]", body):
                    changed.append(f"{path.name}: {name} changes{parameter}")
    assert not changed
