## The walk of reduce.cl.mako across results whose elements lie in short rows, on a CPU: a vector holds neighbouring results. Blocks of the
## rows are transposed in registers, as gathering elements one by one takes longer. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<%namespace name="shuffles" file="/lib/shuffles.cl.mako"/>
<% vector = acc_type.widened(width) %>
<%def name="fetch()">
## The vector of results at the reduced element r, mapped.
% for k in e.buffers:
<%
    t = e.input_memory(k)
    at = f"q{k} + (long)r * t{k}_{reduced - 1}"
    fetched = {
        "rows": f"turned{k}[r]", "unit": f"r{k}", "same": f"spread_{t}(a{k}, {at})", "strided": f"gather_{t}(a{k}, {at}, s{k}_{kept - 1}, here)",
    }[patterns[k]]
%>
%   if patterns[k] == "unit":
                ${t} r${k};
                if (here == ${width}) r${k} = load_${t}(a${k}, ${at});
                else r${k} = load_some_${t}(a${k}, ${at}, here);
%   endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, fetched)};
% endfor
${piece.number(f"({numbered})r", False)}
${piece.map_values(e)}
</%def>
    const ${index} first_task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - first_task, chunk) + first_task;
    const int length = (int)n;
    for (${index} task = first_task; task < end_task; task++) {
        const ${index} result = task * ${width};
        const int here = (int)min((${index})${width}, results - result);
%   for k in e.buffers:
        const long q${k} = o${k} + (long)result * s${k}_${kept - 1};
%   endfor
%   for k in e.buffers:
%     if patterns[k] == "rows":
<%
    t = e.input_memory(k)
    stride = f"(long)s{k}_{kept - 1}"
%>
        // A block may reach beyond a row, but not beyond the last one that there is.
        ${t} turned${k}[${STAGED}];
        const long beyond${k} = o${k} + max(0L, (long)(results - 1) * ${stride}) + length;
        for (int c = 0; c < length; c += ${width}) {
            if (here == ${width} && q${k} + c + max(0L, ${width - 1} * ${stride}) + ${width} <= beyond${k}) {
%       for i in range(width):
                ${t} v${i} = load_${t}(a${k}, q${k} + c + ${i} * ${stride});
%       endfor
                ${shuffles.transposed([f"v{i}" for i in range(width)], t, width)}
%       for i in range(width):
                turned${k}[c + ${i}] = v${i};
%       endfor
            } else {
                for (int i = c; i < min(length, c + ${width}); i++) turned${k}[i] = gather_${t}(a${k}, q${k} + i, ${stride}, here);
            }
        }
%     endif
%   endfor
        const int present = min(length, ${LANES});
        ${vector} lane[${LANES}];
        for (int r = 0; r < present; r++) {
${fetch()}
            lane[r] = ${e.typed(start, acc_dtype, width, **values)};
        }
        for (int r = ${LANES}; r < length; r++) {
${fetch()}
            lane[r % ${LANES}] = ${e.typed(step, acc_dtype, width, acc=f"lane[r % {LANES}]", **values)};
        }
        for (int step = 1; step < present; step <<= 1)
            for (int k = 0; k + step < present; k += 2 * step) {
                const ${vector} a = lane[k], b = lane[k + step];
                lane[k] = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
            }
%   for i in range(width):
        if (${i} < here) {
%     if acc_type.is_complex:
            ${acc_type} total;
            total.re = lane[0].re.s${f"{i:x}"};
            total.im = lane[0].im.s${f"{i:x}"};
%     else:
            const ${acc_type} total = lane[0].s${f"{i:x}"};
%     endif
${piece.store_result("total", f"(long)(result + {i})")}
        }
%   endfor
    }
