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

<%def name="number(first, counts_up)">
## The numbers of the elements in a vector, for searches.
% if NUMBERED is not None and WIDTH > 1:
<% t = NUMBERED.widened(WIDTH) %>
            const ${t} number = (${t})(${first})${" + (%s)(%s)" % (t, ", ".join(str(k) for k in range(WIDTH))) if counts_up else ""};
% elif NUMBERED is not None:
            const ${NUMBERED} number = (${NUMBERED})(${first});
% endif
</%def>

<%def name="accumulate(acc, first, width)">
            if (${first}) ${acc} = ${e.typed(start, ACC_DTYPE, width, **values)};
            else ${acc} = ${e.typed(step, ACC_DTYPE, width, acc=acc, **values)};
</%def>

<%def name="store_result(value, place)">
<% result = None if PLACES else e.typed(finish, ACC_DTYPE, 1, total=value) %>
% if PLACES:
        out[${place}] = ${value}.re;
        places[${place}] = ${value}.im;
% elif HALF:
        store_ushort(float_to_half_float(${result}), out, ${place});
% else:
        store_${STORED}(${result}, out, ${place});
% endif
</%def>

<%def name="kept_offsets(result, target)">
## Add the place of a result to ${target}k for every buffer k.
        {
            ${IDX} rest = ${result};
${axes.add_steps(IDX, "rest", [(f"e{d}", [(f"{target}{k}", f"s{k}_{d}") for k in e.buffers]) for d in range(KEPT)])}
        }
</%def>

<%def name="reduced_offsets(r, target)">
## The same of the element r of a result.
        {
            ${IDX} rest = ${r};
${axes.add_steps(IDX, "rest", [(f"f{d}", [(f"{target}{k}", f"t{k}_{d}") for k in e.buffers]) for d in range(REDUCED)])}
        }
</%def>
