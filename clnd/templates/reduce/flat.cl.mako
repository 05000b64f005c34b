## The walk of reduce.cl.mako across few results on a CPU: LANES rows of them, one behind the other, are one run of memory, which is added
## to an equally long run of lanes. Between rows there may be elements that mean nothing; they have lanes, too. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    vector = acc_type.widened(width)
    vectors = LANES * widest // width
    # The stride of rows, which is the same of all that are flat.
    stride = next(f"t{k}_{reduced - 1}" for k in e.buffers if patterns[k] == "flat")
%>
% for t in sorted({e.input_memory(k) for k in e.buffers if patterns[k] in ("repeat", "tiled")}, key=str):
    typedef ${t} __attribute__((aligned(${t.bits // 8}))) u_${t};
% endfor
    const ${index} first_task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - first_task, chunk) + first_task;
    const int period = (int)${stride};
% for k in e.buffers:
%   if patterns[k] in ("repeat", "tiled"):
    ${e.input_memory(k)} run${k}[${vectors + 1}];
%   endif
%   if patterns[k] == "tiled":
<% t = e.input_memory(k) %>
    ${each("l", LANES, LANES)}
        for (int c = 0; c < (int)results; c++) ((${t.scalar} *)run${k})[l * period + c] = a${k}[o${k} + c];
    }
%   endif
% endfor
    ${vector} lane[${vectors}];
    for (${index} block = first_task; block < end_task; block++) {
        const ${index} begin = block * ${BLOCK};
        const ${index} end = min(n - begin, (${index})${BLOCK}) + begin;
        for (${index} row = begin; row < end; row += ${LANES}) {
            const int rows = (int)min((${index})${LANES}, end - row);
            // Behind the last row of all there may be nothing.
            const int length = rows * period - (row + rows == n ? period - (int)results : 0);
% for k in e.buffers:
%   if patterns[k] == "repeat":
<% t = e.input_memory(k) %>
            for (int l = 0; l < rows; l++) {
                const ${t} value = spread_${t}(a${k}, o${k} + (long)(row + l) * t${k}_${reduced - 1});
                for (int c = 0; c < period; c += ${width}) *(u_${t} *)((${t.scalar} *)run${k} + l * period + c) = value;
            }
%   endif
% endfor
            for (int v = 0; v * ${width} < length; v++) {
                const int m = min(${width}, length - v * ${width});
% for k in e.buffers:
<%
    t = e.input_memory(k)
    at = f"o{k} + (long)row * period + v * {width}"
%>
%   if patterns[k] == "flat":
                ${t} r${k};
                if (m == ${width}) r${k} = load_${t}(a${k}, ${at});
                else r${k} = load_some_${t}(a${k}, ${at}, m);
%   else:
                const ${t} r${k} = run${k}[v];
%   endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"r{k}")};
% endfor
${piece.map_values(e)}
                ${vector} next = lane[v];
${piece.accumulate("next", "row == begin", width)}
                lane[v] = first_lanes_${vector}(m, next, lane[v]);
            }
        }
        ${acc_type} *each = (${acc_type} *)lane;
        const int present = (int)min((${index})${LANES}, end - begin);
        for (int step = 1; step < present; step <<= 1)
            for (int l = 0; l + step < present; l += 2 * step)
                for (int c = 0; c < (int)results; c++) {
                    const ${acc_type} a = each[l * period + c], b = each[(l + step) * period + c];
                    each[l * period + c] = ${e.typed(combine, acc_dtype, 1, a="a", b="b")};
                }
        for (int c = 0; c < (int)results; c++) {
            const ${acc_type} total = each[c];
${piece.store_result("total", "(long)c * blocks + block")}
        }
    }
