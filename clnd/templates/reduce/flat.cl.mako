## The walk of reduce.cl.mako across few results on a CPU: LANES rows of them, one behind the other, are one run of memory, which is added
## to an equally long run of lanes. Between rows there may be elements that mean nothing; they have lanes, too. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    vector = acc_type.widened(width)
    # Where the stride of rows is known, the lanes are so few vectors that they stay in registers.
    vectors = LANES * (period or widest) // width
    stride = period or "period"
    digits = "0123456789abcdef"
%>
<%def name="load_flat(k, at, m)">\
<% t = e.input_memory(k) %>
                ${t} r${k};
                if (${m} == ${width}) r${k} = load_${t}(a${k}, ${at});
                else r${k} = load_some_${t}(a${k}, ${at}, ${m});
</%def>
<%def name="one_round(is_whole)">
## LANES rows, or as many as there are, as vectors whose number is known: element i of vector v is of the row (v * width + i) / period.
% for g in range(LANES // width):
%   for k in e.buffers:
%     if patterns[k] == "repeat":
<%
    t = e.input_memory(k)
    step = f"t{k}_{reduced - 1}"
    at = f"o{k} + (long)(row + {g * width}) * {step}"
%>
            ${t} of${g}_${k};
%       if is_whole:
            if (${step} == 1) of${g}_${k} = load_${t}(a${k}, ${at});
            else of${g}_${k} = gather_${t}(a${k}, ${at}, ${step}, ${width});
%       else:
            if (${g * width} < rows) of${g}_${k} = gather_${t}(a${k}, ${at}, ${step}, rows - ${g * width});
%       endif
%     endif
%   endfor
% endfor
% for v in range(vectors):
            ${"" if is_whole else f"if ({v * width} < length) "}{
%   if not is_whole:
                const int m = min(${width}, length - ${v * width});
%   endif
%   for k in e.buffers:
<%
    t = e.input_memory(k)
    at = f"o{k} + (long)row * {period} + {v * width}"
    rows_of = [f"of{v // period}_{k}.s{digits[((v % period) * width + i) // period]}" for i in range(width)]
    fetched = {"repeat": f"({t})({', '.join(rows_of)})", "tiled": f"run{k}[{v}]"}.get(patterns[k], f"load_{t}(a{k}, {at})" if is_whole else f"r{k}")
%>
%     if patterns[k] == "flat" and not is_whole:
${load_flat(k, at, "m")}
%     endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, fetched)};
%   endfor
${piece.map_values(e)}
%   if is_whole:
${piece.accumulate(f"A{v}", "first", width)}
%   else:
                ${vector} next = A${v};
${piece.accumulate("next", "first", width)}
                A${v} = first_lanes_${vector}(m, next, A${v});
%   endif
            }
% endfor
</%def>
<%def name="tree_of_vectors()">
## Adjacent pairs of all lanes: what a pair gives lies in as many vectors less.
<%
    names, count, level = [f"A{v}" for v in range(vectors)], LANES // 2, 0
    def picked(which):
        """The elements with these numbers, as a vector."""
        return f"({vector})(" + ", ".join(f"{names[k // width]}.s{digits[k % width]}" for k in which) + ")"
%>
% while count:
<% fresh = [] %>
%   for v in range(-(-count * period // width)):
<%
    made = [min(v * width + i, count * period - 1) for i in range(width)]
    firsts = [j // period * 2 * period + j % period for j in made]
    name = f"L{level}_{v}"
    fresh.append(name)
%>
            ${vector} ${name};
            {
                const ${vector} a = ${picked(firsts)}, b = ${picked([k + period for k in firsts])};
                ${name} = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
            }
%   endfor
<% names, count, level = fresh, count // 2, level + 1 %>
% endwhile
%   for c in range(period):
            if (${c} < (int)results) {
                const ${acc_type} total = ${names[c // width]}.s${digits[c % width]};
${piece.store_result("total", f"(long){c} * blocks + block")}
            }
%   endfor
</%def>
% for t in sorted({e.input_memory(k) for k in e.buffers if patterns[k] == "repeat"}, key=str):
    typedef ${t} __attribute__((aligned(${t.bits // 8}))) u_${t};
% endfor
    const ${index} first_task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - first_task, chunk) + first_task;
% if not period:
    const int period = (int)${next(f"t{k}_{reduced - 1}" for k in e.buffers if patterns[k] == "flat")};
% endif
% for k in e.buffers:
%   if patterns[k] == "tiled" or (patterns[k] == "repeat" and not period):
    ${e.input_memory(k)} run${k}[${vectors + 1}];
%   endif
%   if patterns[k] == "tiled":
<% t = e.input_memory(k) %>
    ${each("l", LANES, LANES)}
        ${each("c", stride, period or widest)}
            ((${t.scalar} *)run${k})[l * ${stride} + c] = a${k}[o${k} + min(c, (int)results - 1)];
        }
    }
%   endif
% endfor
    ${vector} lane[${vectors}];
    for (${index} block = first_task; block < end_task; block++) {
        const ${index} begin = block * ${BLOCK};
        const ${index} end = min(n - begin, (${index})${BLOCK}) + begin;
% if period:
        ${vector} ${", ".join(f"A{v}" for v in range(vectors))};
        ${index} row = begin;
        // Behind the last row of all there may be nothing.
        const ${index} wholes = end - begin - (end == n && (int)results < ${period} ? 1 : 0);
        for (; row - begin + ${LANES} <= wholes; row += ${LANES}) {
            const int first = row == begin;
${one_round(True)}
        }
        if (row == end) {
${tree_of_vectors()}
            continue;
        }
        for (; row < end; row += ${LANES}) {
            const int rows = (int)min((${index})${LANES}, end - row), first = row == begin;
            const int length = rows * ${period} - (row + rows == n ? ${period} - (int)results : 0);
${one_round(False)}
        }
%   for v in range(vectors):
        lane[${v}] = A${v};
%   endfor
% else:
        for (${index} row = begin; row < end; row += ${LANES}) {
            const int rows = (int)min((${index})${LANES}, end - row);
            // Behind the last row of all there may be nothing.
            const int length = rows * period - (row + rows == n ? period - (int)results : 0);
%   for k in e.buffers:
%     if patterns[k] == "repeat":
<% t = e.input_memory(k) %>
            for (int l = 0; l < rows; l++) {
                const ${t} value = spread_${t}(a${k}, o${k} + (long)(row + l) * t${k}_${reduced - 1});
                for (int c = 0; c < period; c += ${width}) *(u_${t} *)((${t.scalar} *)run${k} + l * period + c) = value;
            }
%     endif
%   endfor
            for (int v = 0; v * ${width} < length; v++) {
                const int m = min(${width}, length - v * ${width});
%   for k in e.buffers:
%     if patterns[k] == "flat":
${load_flat(k, f"o{k} + (long)row * period + v * {width}", "m")}
%     else:
                const ${e.input_memory(k)} r${k} = run${k}[v];
%     endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"r{k}")};
%   endfor
${piece.map_values(e)}
                ${vector} next = lane[v];
${piece.accumulate("next", "row == begin", width)}
                lane[v] = first_lanes_${vector}(m, next, lane[v]);
            }
        }
% endif
        ${acc_type} *each = (${acc_type} *)lane;
        const int present = (int)min((${index})${LANES}, end - begin);
        for (int step = 1; step < present; step <<= 1)
            for (int l = 0; l + step < present; l += 2 * step)
                for (int c = 0; c < (int)results; c++) {
                    const ${acc_type} a = each[l * ${stride} + c], b = each[(l + step) * ${stride} + c];
                    each[l * ${stride} + c] = ${e.typed(combine, acc_dtype, 1, a="a", b="b")};
                }
        for (int c = 0; c < (int)results; c++) {
            const ${acc_type} total = each[c];
${piece.store_result("total", "(long)c * blocks + block")}
        }
    }
