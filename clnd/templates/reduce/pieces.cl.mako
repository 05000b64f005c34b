## What the walks of reduce.cl.mako share, and take in by <%namespace>. Names as there.
<%namespace name="axes" file="/lib/index.cl.mako"/>

<%def name="map_values(emit)">
## The map stage: from the fetched x0, x1, ... to the values accumulated, y0 and y1.
<%
    lines, results = emit.steps([f"c{k}" if emit.is_scalar(k) else f"x{k}" for k in emit.inputs])
%>
% for line in lines:
            ${line}
% endfor
% for j, dtype in enumerate(emit.recipe.output_dtypes):
            const ${emit.type_of(dtype)} y${j} = ${results[j]};
% endfor
</%def>

<%def name="number(first, counts_up, lanes=None)">
## The numbers of the elements in a vector, for searches. ``lanes``: of so many, after which the next row begins.
% if numbered is not None and width > 1:
<% t = numbered.widened(width) %>
            const ${t} number = (${t})(${first})${" + (%s)(%s)" % (t, ", ".join(str(k % (lanes or width)) for k in range(width))) if counts_up else ""};
% elif numbered is not None:
            const ${numbered} number = (${numbered})(${first});
% endif
</%def>

<%def name="accumulate(acc, first, width)">
            if (${first}) ${acc} = ${e.typed(start, acc_dtype, width, **values)};
            else ${acc} = ${e.typed(step, acc_dtype, width, acc=acc, **values)};
</%def>

<%def name="store_result(value, place)">
<% result = None if places else e.typed(finish, acc_dtype, 1, total=value) %>
% if places:
        out[${place}] = ${value}.re;
        places[${place}] = ${value}.im;
% elif half:
        store_ushort(float_to_half_float(${result}), out, ${place});
% else:
        store_${stored}(${result}, out, ${place});
% endif
</%def>

<%def name="lane(name, value, i, qualifier='')">
## Lane i of a vector of partial results.
% if acc_type.is_complex:
                ${qualifier}${acc_type} ${name};
                ${name}.re = ${value}.re${f".s{i:x}" if width > 1 else ""};
                ${name}.im = ${value}.im${f".s{i:x}" if width > 1 else ""};
% else:
                ${qualifier}${acc_type} ${name} = ${value}${f".s{i:x}" if width > 1 else ""};
% endif
</%def>

<%def name="store_lanes(value, is_there, first, step)">
## Store the lanes i of a vector of totals for which is_there(i) holds, from the place ``first`` on, ``step`` apart.
% for i in range(width):
            if (${is_there(i)}) {
${lane("total", value, i, "" if acc_type.is_complex else "const ")}
${store_result("total", f"(long)({first} + {i}){step}")}
            }
% endfor
</%def>

<%def name="kept_offsets(result, target)">
## Add the place of a result to ${target}k for every buffer k.
        {
            ${index} rest = ${result};
${axes.add_steps(index, "rest", [(f"e{d}", [(f"{target}{k}", f"s{k}_{d}") for k in e.buffers]) for d in range(kept)])}
        }
</%def>

<%def name="reduced_offsets(r, target)">
## The same of the element r of a result.
        {
            ${index} rest = ${r};
${axes.add_steps(index, "rest", [(f"f{d}", [(f"{target}{k}", f"t{k}_{d}") for k in e.buffers]) for d in range(reduced)])}
        }
</%def>
