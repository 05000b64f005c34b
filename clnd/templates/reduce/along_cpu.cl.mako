## The walk of reduce.cl.mako along the reduced elements on a CPU: a vector holds as many lanes of a block. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    # So many bytes ahead: what a core waits for while memory answers, and far more than it looks ahead itself past the end
    # of a block, where it follows a chain of sums.
    FETCHED_AHEAD = 16384
%>
<%def name="fetch_ahead()">
% for k in ahead:
<%
    itemsize = e.recipe.inputs[k].dtype.itemsize
    place = f"(__global const char *)(a{k} + {'2 * ' if e.input_memory(k).is_complex else ''}(p{k} + (r - begin)))"
%>
%   for line in range(max(1, LANES * itemsize // 64)):
                PREFETCH(${place} + ${FETCHED_AHEAD + 64 * line});
%   endfor
% endfor
</%def>
<%def name="round_fetch(j)">
## Vector j of a whole round, r - begin elements into the block, mapped.
% for k in e.buffers:
<%
    t = e.input_memory(k)
    stride = f"t{k}_{reduced - 1}"
    at = {"unit": f"p{k} + (r - begin) + {j * width}", "same": f"p{k}"}.get(patterns[k], f"p{k} + (long)(r - begin + {j * width}) * {stride}")
    fetched = {"unit": f"load_{t}(a{k}, {at})", "same": f"spread_{t}(a{k}, {at})"}.get(patterns[k], f"gather_{t}(a{k}, {at}, {stride}, {width})")
%>
%   if patterns[k] == "along":
                ${t} r${k};
                if (${stride} == 1) r${k} = load_${t}(a${k}, ${at.replace(f" * {stride}", "")});
                else if (${stride} == 0) r${k} = spread_${t}(a${k}, p${k});
                else r${k} = ${fetched};
<% fetched = f"r{k}" %>
%   endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, fetched)};
% endfor
${piece.number(f"({numbered})(r + {j * width})", True)}
${piece.map_values(e)}
</%def>
<%def name="end_fetch(j)">
## Vector j of the last round of one run, of which the first m elements are there.
% for k in e.buffers:
<%
    t = e.input_memory(k)
    at = f"q{k} + (long)(r + {j * width}) * t{k}_0"
    fetched = {"same": f"spread_{t}(a{k}, q{k})", "strided": f"gather_{t}(a{k}, {at}, t{k}_0, m)"}.get(patterns[k], f"r{k}")
%>
%   if patterns[k] == "unit":
                ${t} r${k};
%     if kept == 1:
                // A vector may reach beyond a row, but not beyond the last one that there is.
                if (${at} + ${width} <= beyond${k}) r${k} = load_${t}(a${k}, ${at});
                else
%     endif
                r${k} = load_some_${t}(a${k}, ${at}, m);
%   endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, fetched)};
% endfor
</%def>
<%def name="tree(lane, present)">
## Combine ${lane}[0 .. present-1] by adjacent pairs. After a level what was pair i lies at 2 * i * step,
## so an unpaired last one stays where it is.
            for (int step = 1; step < ${present}; step <<= 1)
                for (int k = 0; k + step < ${present}; k += 2 * step) {
                    const ${acc_type} a = ${lane}[k], b = ${lane}[k + step];
                    ${lane}[k] = ${e.typed(combine, acc_dtype, 1, a="a", b="b")};
                }
</%def>
    const ${index} first_task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - first_task, chunk) + first_task;
% if reduced == 1 and kept == 1:
%   for k in e.buffers:
%     if patterns[k] == "unit":
    const long beyond${k} = o${k} + max(0L, (long)(results - 1) * s${k}_0) + (long)n;
%     endif
%   endfor
% endif
    for (${index} task = first_task; task < end_task; task++) {
        const ${index} result = ${"task" if joined else "task / blocks"};
%   for k in e.buffers:
        long q${k} = o${k};
%   endfor
${piece.kept_offsets("result", "q")}
%   if joined:
        ${acc_type} joined[${LANES}];
        for (${index} block = 0; block < blocks; block++) {
%   else:
        const ${index} block = task - result * blocks;
%   endif
        const ${index} begin = block * ${BLOCK};
        const ${index} end = min(n - begin, (${index})${BLOCK}) + begin;
        ${acc_type.widened(width)} ${", ".join(f"A{j}" for j in range(LANES // width))};
        ${index} r = begin;
        // Whole rounds within one run of the innermost reduced axis: plain vector loads.
%   if reduced > 1:
        const ${index} col = begin % f${reduced - 1};
        const ${index} run_end = min(end, begin + (f${reduced - 1} - col));
%   else:
        const ${index} run_end = end;
%   endif
        if (run_end - begin >= ${LANES}) {
%   for k in e.buffers:
            long p${k} = q${k};
%   endfor
${piece.reduced_offsets("begin", "p")}
%   if len(e.recipe.steps) <= 6:
%     for j in range(LANES // width):
            {
${round_fetch(j)}
                A${j} = ${e.typed(start, acc_dtype, width, **values)};
            }
%     endfor
            for (r += ${LANES}; run_end - r >= ${LANES}; r += ${LANES}) {
${fetch_ahead()}
%     for j in range(LANES // width):
                {
${round_fetch(j)}
                    A${j} = ${e.typed(step, acc_dtype, width, acc=f"A{j}", **values)};
                }
%     endfor
            }
%   else:
            // A long map is written once, not once more for the first round.
            for (; run_end - r >= ${LANES}; r += ${LANES}) {
                const int first = r == begin;
${fetch_ahead()}
%     for j in range(LANES // width):
                {
${round_fetch(j)}
${piece.accumulate(f"A{j}", "first", width)}
                }
%     endfor
            }
%   endif
        }
        // What is left: the ragged end, and blocks that cross from run to run, where each lane's place is computed.
        for (; r < end; r += ${LANES}) {
            const int first = r == begin;
%   for j in range(LANES // width):
            if (r + ${j * width} < end) {
                const int m = (int)min((${index})${width}, end - r - ${j * width});
%     if reduced == 1 and "along" not in patterns:
${end_fetch(j)}
%     else:
%     for k in e.buffers:
                long p${k}[${width}];
%     endfor
                ${each("lane", width, width)}
%     for k in e.buffers:
                    long w${k} = q${k};
%     endfor
                    const ${index} rl = r + ${j * width} + (lane < m ? lane : 0);
${piece.reduced_offsets("rl", "w")}
%     for k in e.buffers:
                    p${k}[lane] = w${k};
%     endfor
                }
%     for k in e.buffers:
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"pick_{e.input_memory(k)}(a{k}, p{k})")};
%     endfor
%     endif
${piece.number(f"({numbered})(r + {j * width})", True)}
${piece.map_values(e)}
                ${acc_type.widened(width)} next = A${j};
${piece.accumulate("next", "first", width)}
                A${j} = first_lanes_${acc_type.widened(width)}(m, next, A${j});
            }
%   endfor
        }
        const int present = (int)min((${index})${LANES}, end - begin);
        ${acc_type} total;
        if (present == ${LANES}) {
<%
    names = [f"A{j}" for j in range(LANES // width)]
    lanes = width
    lines = []
    count = 0
    while lanes > 1:
        t, h = acc_type.widened(lanes), acc_type.widened(lanes // 2)
        fresh = []
        for name in names:
            lines.append(f"const {h} h{count} = even_lanes_{t}({name}), g{count} = odd_lanes_{t}({name});")
            lines.append(f"const {h} b{count} = {e.typed(combine, acc_dtype, lanes // 2, a=f'h{count}', b=f'g{count}')};")
            fresh.append(f"b{count}")
            count += 1
        names, lanes = fresh, lanes // 2
    while len(names) > 1:
        fresh = []
        for x, y in zip(names[::2], names[1::2]):
            lines.append(f"const {acc_type} b{count} = {e.typed(combine, acc_dtype, 1, a=x, b=y)};")
            fresh.append(f"b{count}")
            count += 1
        names = fresh
%>
%   for line in lines:
            ${line}
%   endfor
            total = ${names[0]};
        } else {
            ${acc_type} lane[${LANES}];
%   for j in range(LANES // width):
%     for i in range(width):
%       if acc_type.is_complex:
            lane[${j * width + i}].re = A${j}.re.s${"%x" % i};
            lane[${j * width + i}].im = A${j}.im.s${"%x" % i};
%       else:
            lane[${j * width + i}] = A${j}.s${"%x" % i};
%       endif
%     endfor
%   endfor
${tree("lane", "present")}
            total = lane[0];
        }
%   if joined:
            joined[block] = total;
        }
        // No more than a lane each: what another launch would make of them.
${tree("joined", "(int)blocks")}
${piece.store_result("joined[0]", "task")}
%   else:
${piece.store_result("total", "task")}
%   endif
    }
