## The walk of reduce.cl.mako across few results on a CPU: a task holds the lanes of all of them at once, so that memory is read once, from
## front to back. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<% vector = acc_type.widened(width) %>
<%def name="fetch()">
## The vector v of results at the reduced element r, mapped.
% for k in e.buffers:
<%
    t = e.input_memory(k)
    at = f"o{k} + (long)r * t{k}_{reduced - 1} + (long)v * {width} * s{k}_{kept - 1}"
    fetched = {"same": f"spread_{t}(a{k}, {at})", "strided": f"gather_{t}(a{k}, {at}, s{k}_{kept - 1}, m)"}.get(patterns[k], f"r{k}")
%>
%   if patterns[k] == "unit":
                    ${t} r${k};
                    if (m == ${width} || ${at} + ${width} <= beyond${k}) r${k} = load_${t}(a${k}, ${at});
                    else r${k} = load_some_${t}(a${k}, ${at}, m);
%   endif
                    const ${e.input_type(k)} x${k} = ${e.widened(k, fetched)};
% endfor
${piece.number(f"({numbered})r", False)}
${piece.map_values(e)}
</%def>
    const ${index} first_task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - first_task, chunk) + first_task;
    const int vectors = (int)((results + ${width - 1}) / ${width});
% for k in e.buffers:
%   if patterns[k] == "unit":
    // Vectors may reach beyond a row of results, but not beyond the last one that there is.
    const long beyond${k} = o${k} + max(0L, (long)(n - 1) * t${k}_${reduced - 1}) + results;
%   endif
% endfor
    for (${index} block = first_task; block < end_task; block++) {
        const ${index} begin = block * ${BLOCK};
        const ${index} end = min(n - begin, (${index})${BLOCK}) + begin;
        const int present = (int)min((${index})${LANES}, end - begin);
        ${vector} lane[${LANES * PANEL}];
        for (int l = 0; l < present; l++) {
            const ${index} r = begin + l;
            for (int v = 0; v < vectors; v++) {
                const int m = min(${width}, (int)results - v * ${width});
${fetch()}
                lane[l * ${PANEL} + v] = ${e.typed(start, acc_dtype, width, **values)};
            }
        }
        for (${index} round = begin + ${LANES}; round < end; round += ${LANES}) {
            const int some = (int)min((${index})${LANES}, end - round);
            for (int l = 0; l < some; l++) {
                const ${index} r = round + l;
                for (int v = 0; v < vectors; v++) {
                    const int m = min(${width}, (int)results - v * ${width});
${fetch()}
                    lane[l * ${PANEL} + v] = ${e.typed(step, acc_dtype, width, acc=f"lane[l * {PANEL} + v]", **values)};
                }
            }
        }
        for (int step = 1; step < present; step <<= 1)
            for (int l = 0; l + step < present; l += 2 * step)
                for (int v = 0; v < vectors; v++) {
                    const ${vector} a = lane[l * ${PANEL} + v], b = lane[(l + step) * ${PANEL} + v];
                    lane[l * ${PANEL} + v] = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
                }
        for (int v = 0; v < vectors; v++) {
            const int m = min(${width}, (int)results - v * ${width});
% for i in range(width):
            if (${i} < m) {
%   if acc_type.is_complex:
                ${acc_type} total;
                total.re = lane[v].re.s${f"{i:x}"};
                total.im = lane[v].im.s${f"{i:x}"};
%   else:
                const ${acc_type} total = lane[v].s${f"{i:x}"};
%   endif
${piece.store_result("total", f"(long)(v * {width} + {i}) * blocks + block")}
            }
% endfor
        }
    }
