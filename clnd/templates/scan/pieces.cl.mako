## What the walks of scan.cl.mako share, and take in by <%namespace>. Names as there.
<%namespace name="axes" file="/lib/index.cl.mako"/>

<%def name="places(number)">
## Add where line ``number`` begins to p, in the operand, and to q, in the results.
        {
            ${index} rest = ${number};
${axes.add_steps(index, "rest", [(f"e{d}", [("p", f"s{d}"), ("q", f"t{d}")]) for d in range(kept)])}
        }
</%def>

<%def name="constant(name, values, width=1)">
    ${acc.widened(width)} ${name};
% if acc.is_complex:
    ${name}.re = (${acc.real.widened(width)})(${values[0]});
    ${name}.im = (${acc.real.widened(width)})(${values[1]});
% else:
    ${name} = (${acc.widened(width)})(${values[0]});
% endif
</%def>

<%def name="store(value, place)">
% if half:
        store_ushort(float_to_half_float(${value}), out, ${place});
% else:
        store_${stored}(${value}, out, ${place});
% endif
</%def>
