## The walk of reduce.cl.mako along short rows on a CPU: as many rows at a time as a vector has lanes. A vector holds lanes of one row, and
## each level of the tree joins pairs of two rows in one vector, so that the last one has a result of each row in a lane. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    vector = acc_type.widened(width)
    lane_type = (vector.real if vector.is_complex else vector).int
    parts = max(1, LANES // width)
    levels = [width >> level for level in range(1, width.bit_length())]
%>
<%def name="fetch(i)">
## The vector of row i from the element r on, mapped. What is the same for all rows was fetched before.
% for k in e.buffers:
<%
    t = e.input_memory(k)
    at = f"q{k} + (long)({i}) * s{k}_{kept - 1} + (long)r * t{k}_{reduced - 1}"
    fetched = {"same": f"spread_{t}(a{k}, {at})", "strided": f"gather_{t}(a{k}, {at}, t{k}_{reduced - 1}, m)"}.get(patterns[k], f"r{k}")
%>
%   if patterns[k] == "unit":
                ${t} r${k};
                if (inside) r${k} = load_${t}(a${k}, ${at});
                else r${k} = load_some_${t}(a${k}, ${at}, m);
%   endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, fetched)};
% endfor
${piece.number(f"({numbered})r", True)}
${piece.map_values(e)}
</%def>
<%def name="fetch_shared()">
% for k in e.buffers:
%   if patterns[k] == "shared":
<% t = e.input_memory(k) %>
                ${t} r${k};
                if (m == ${width}) r${k} = load_${t}(a${k}, q${k} + r);
                else r${k} = load_some_${t}(a${k}, q${k} + r, m);
%   endif
% endfor
                // Vectors may reach beyond a row, but not beyond the last one that there is.
                const int inside = m == ${width}\
% for k in e.buffers:
%   if patterns[k] == "unit":
 || q${k} + r + max(0L, (long)(here - 1) * s${k}_${kept - 1}) + ${width} <= beyond${k}\
%   endif
% endfor
;
</%def>
    const ${index} first_task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - first_task, chunk) + first_task;
    const int length = (int)n;
% for k in e.buffers:
%   if patterns[k] == "unit":
    const long beyond${k} = o${k} + max(0L, (long)(results - 1) * s${k}_${kept - 1}) + length;
%   endif
% endfor
    for (${index} task = first_task; task < end_task; task++) {
        const ${index} result = task * ${width};
        const int here = (int)min((${index})${width}, results - result);
% for k in e.buffers:
        const long q${k} = o${k} + (long)result * s${k}_${kept - 1};
% endfor
        const int present = min(length, ${LANES});
        ${vector} part[${parts}], row[${width}];
        for (int p = 0; p * ${width} < present; p++) {
            {
                const int r = p * ${width}, m = min(${width}, length - r);
${fetch_shared()}
                for (int i = 0; i < here; i++) {
${fetch("i")}
                    row[i] = ${e.typed(start, acc_dtype, width, **values)};
                }
            }
            for (int r = p * ${width} + ${LANES}; r < length; r += ${LANES}) {
                const int m = min(${width}, length - r);
${fetch_shared()}
                for (int i = 0; i < here; i++) {
${fetch("i")}
                    const ${vector} next = ${e.typed(step, acc_dtype, width, acc="row[i]", **values)};
                    row[i] = first_lanes_${vector}(m, next, row[i]);
                }
            }
            for (int i = here; i < ${width}; i++) row[i] = row[0];
            // Adjacent pairs, and what is left without one.
            int left = min(${width}, present - p * ${width});
% for count, half in enumerate(levels):
            {
                const ${lane_type} paired = (${lane_type})(${", ".join(str(j % half) for j in range(width))}) < (${lane_type})((${lane_type.scalar})(left >> 1));
                ${each("i", half, half)}
                    const ${vector} a = even_lanes_of_both_${vector}(row[2 * i], row[2 * i + 1]), b = odd_lanes_of_both_${vector}(row[2 * i], row[2 * i + 1]);
                    const ${vector} pair = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
                    row[i] = chosen_lanes_${vector}(paired, pair, a);
                }
                left = (left + 1) >> 1;
            }
% endfor
            part[p] = row[0];
        }
        for (int step = 1; step * ${width} < present; step <<= 1)
            for (int p = 0; (p + step) * ${width} < present; p += 2 * step) {
                const ${vector} a = part[p], b = part[p + step];
                part[p] = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
            }
% if not (places or half or acc_type.is_complex):
        if (here == ${width}) {
            const ${vector} total = part[0];
            store_${stored.widened(width)}(${e.typed(finish, acc_dtype, width, total="total")}, out, (long)result);
            continue;
        }
% endif
${piece.store_lanes("part[0]", "here", "result", "")}
    }
