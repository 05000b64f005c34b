## A reduction with a fused map stage, in the canonical order.
##
## The reduced elements of each result are numbered r = 0 .. n-1 in row-major order of the reduced
## axes and cut in blocks of BLOCK. In a block, lane r mod LANES takes its elements in order, the
## first one starting the lane; lanes combine by adjacent pairs (2i, 2i+1), absent lanes skipped.
## Block results are reduced by the same rule, by another launch. The order depends on nothing else.
##
##   e          the map stage at this kernel's width (kernels/emit.py); its outputs (one, or two for products) are what is accumulated
##   start, step, combine   C over x1 (and x2), acc and the two partial results a and b
##   ACC        type accumulated in (a CType of width 1); finish makes the STORED result of total, rounded to half if HALF
##   SHAPE      along: vectors run along r (rows); across: vectors run along the results (columns)
##   patterns   along: unit, same, strided along the innermost reduced axis, or along: any of these, found out at run time
##              across: unit, same, strided along the innermost kept axis, any (short axes)
##   NUMBERED   the type of the elements' numbers r, which a search accumulates as well, or None
##   PLACES     whether the total is a key and a place, which are stored apart
##   KEPT, REDUCED   axes of each sort after collapsing;  e1.. and f1.. are their lengths
##   PANEL      (across) vectors of results a work-item holds
##   LEVELS     log2(LANES)
##   STREAMS    (across, CPU) elements of a lane that are read at once
##   AHEAD      (along, CPU) the inputs that are fetched ahead of their use
##   JOINED     (along, CPU) whether a task takes all blocks of its result, which are at most LANES, and joins them itself
##   WIDTH, FAMILY, IDX   as in elementwise.cl.mako
##
## Buffers: for each input its strides over the kept axes (s_k_e) and the reduced axes (t_k_f).
## A task is one block (JOINED: all blocks) of one result (along) or of WIDTH * PANEL results (across).
## Launch: cpu: ceil(tasks / chunk) groups of 1. gpu along: groups of TEAMS * LANES items, one team a
## task; gpu across: items stride over tasks.
<%namespace name="cache" file="/lib/cache.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    # Opens the block for each vector v of a task's results, and for each of those that are whole: the only loops over them.
    EACH_VECTOR = each("v", "vectors" if PANEL > 1 else 1, PANEL)
    EACH_WHOLE = each("v", "whole", PANEL)
    # So many bytes ahead: what a core waits for while memory answers, and far more than it looks ahead itself past the end
    # of a block, where it follows a chain of sums.
    FETCHED_AHEAD = 16384
%>
<%def name="fetch_ahead()">
% for k in AHEAD:
<%
    itemsize = e.recipe.inputs[k].dtype.itemsize
    place = f"(__global const char *)(a{k} + {'2 * ' if e.input_memory(k).is_complex else ''}(p{k} + (r - begin)))"
%>
%   for line in range(max(1, LANES * itemsize // 64)):
                PREFETCH(${place} + ${FETCHED_AHEAD + 64 * line});
%   endfor
% endfor
</%def>
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
<%def name="round_fetch(j)">
## Vector j of a whole round, r - begin elements into the block, mapped.
% for k in e.buffers:
<%
    t = e.input_memory(k)
    stride = f"t{k}_{REDUCED - 1}"
    at = {"unit": f"p{k} + (r - begin) + {j * WIDTH}", "same": f"p{k}"}.get(patterns[k], f"p{k} + (long)(r - begin + {j * WIDTH}) * {stride}")
    fetched = {"unit": f"load_{t}(a{k}, {at})", "same": f"spread_{t}(a{k}, {at})"}.get(patterns[k], f"gather_{t}(a{k}, {at}, {stride}, {WIDTH})")
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
${number(f"({NUMBERED})(r + {j * WIDTH})", True)}
${map_values(e)}
</%def>
<%def name="across_fetch(lanes, z='z')">
## The vector v of results at the reduced element r, mapped. lanes: "all", "some" (the first m) or "any" number;
## z0, z1, ... (or another name) are the places of that element.
% for k in e.buffers:
<%
    t = e.input_memory(k)
    # One run of results: places follow from the first; else each vector's was computed.
    at = f"q{k}[0] + {z}{k} + (long)v * {WIDTH} * s{k}_0" if KEPT == 1 and not ANY_PLACE else f"q{k}[v] + {z}{k}"
    some = str(WIDTH) if lanes == "all" else "m"
%>
                ${t} r${k};
%     if WIDTH == 1:
                r${k} = load_${t}(a${k}, ${at});
%     elif patterns[k] == "unit" and lanes == "all":
                r${k} = load_${t}(a${k}, ${at});
%     elif patterns[k] == "unit" and lanes == "some":
                r${k} = load_some_${t}(a${k}, ${at}, m);
%     elif patterns[k] == "unit":
                if (m == ${WIDTH}) r${k} = load_${t}(a${k}, ${at});
                else r${k} = load_some_${t}(a${k}, ${at}, m);
%     elif patterns[k] == "same":
                r${k} = spread_${t}(a${k}, ${at});
%     elif patterns[k] == "strided":
                r${k} = gather_${t}(a${k}, ${at}, s${k}_${KEPT - 1}, ${some});
%     else:
                {
                    long p${k}[${WIDTH}];
%       for i in range(WIDTH):
                    p${k}[${i}] = q${k}[v * ${WIDTH} + ${i}] + ${z}${k};
%       endfor
                    r${k} = pick_${t}(a${k}, p${k});
                }
%     endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"r{k}")};
% endfor
${number(f"({NUMBERED})r", False)}
${map_values(e)}
</%def>
<%def name="tree(lane, present)">
## Combine ${lane}[0 .. present-1] by adjacent pairs. After a level what was pair i lies at 2 * i * step,
## so an unpaired last one stays where it is.
            for (int step = 1; step < ${present}; step <<= 1)
                for (int k = 0; k + step < ${present}; k += 2 * step) {
                    const ${ACC} a = ${lane}[k], b = ${lane}[k + step];
                    ${lane}[k] = ${e.typed(combine, ACC_DTYPE, 1, a="a", b="b")};
                }
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
<%def name="kept_offsets(index, target)">
## Add the place of result ${index} to ${target}k for every buffer k.
        {
            ${IDX} rest = ${index};
% for d in range(KEPT - 1, -1, -1):
            {
%   if d > 0:
                const ${IDX} up = rest / e${d};
                const ${IDX} at = rest - up * e${d};
                rest = up;
%   else:
                const ${IDX} at = rest;
%   endif
%   for k in e.buffers:
                ${target}${k} += (long)at * s${k}_${d};
%   endfor
            }
% endfor
        }
</%def>
<%def name="reduced_offsets(index, target)">
        {
            ${IDX} rest = ${index};
% for d in range(REDUCED - 1, -1, -1):
            {
%   if d > 0:
                const ${IDX} up = rest / f${d};
                const ${IDX} at = rest - up * f${d};
                rest = up;
%   else:
                const ${IDX} at = rest;
%   endif
%   for k in e.buffers:
                ${target}${k} += (long)at * t${k}_${d};
%   endfor
            }
% endfor
        }
</%def>
% if AHEAD:
${cache.prefetch()}
% endif
__kernel
% if FAMILY == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% elif SHAPE == "along":
__attribute__((reqd_work_group_size(${LANES * TEAMS}, 1, 1)))
% endif
void reduce(
% for parameter in e.parameters():
    ${parameter},
% endfor
    __global ${"ushort" if HALF else STORED.scalar} *out,
% if PLACES:
    __global long *places,
% endif
% for d in range(1, KEPT):
    const ${IDX} e${d},
% endfor
% for d in range(1, REDUCED):
    const ${IDX} f${d},
% endfor
% for k in e.buffers:
%   for d in range(KEPT):
    const ${SIDX} s${k}_${d},
%   endfor
%   for d in range(REDUCED):
    const ${SIDX} t${k}_${d},
%   endfor
% endfor
    const ${IDX} results, const ${IDX} n, const ${IDX} blocks, const ${IDX} tasks, const ${IDX} chunk)
{
% for line in e.constants():
    ${line}
% endfor
% if FAMILY == "cpu" and SHAPE == "along":
    const ${IDX} first_task = (${IDX})get_group_id(0) * chunk;
    const ${IDX} end_task = min(tasks - first_task, chunk) + first_task;
    for (${IDX} task = first_task; task < end_task; task++) {
        const ${IDX} result = ${"task" if JOINED else "task / blocks"};
%   for k in e.buffers:
        long q${k} = o${k};
%   endfor
${kept_offsets("result", "q")}
%   if JOINED:
        ${ACC} joined[${LANES}];
        for (${IDX} block = 0; block < blocks; block++) {
%   else:
        const ${IDX} block = task - result * blocks;
%   endif
        const ${IDX} begin = block * ${BLOCK};
        const ${IDX} end = min(n - begin, (${IDX})${BLOCK}) + begin;
        ${ACC.widened(WIDTH)} ${", ".join(f"A{j}" for j in range(LANES // WIDTH))};
        ${IDX} r = begin;
        // Whole rounds within one run of the innermost reduced axis: plain vector loads.
%   if REDUCED > 1:
        const ${IDX} col = begin % f${REDUCED - 1};
        const ${IDX} run_end = min(end, begin + (f${REDUCED - 1} - col));
%   else:
        const ${IDX} run_end = end;
%   endif
        if (run_end - begin >= ${LANES}) {
%   for k in e.buffers:
            long p${k} = q${k};
%   endfor
${reduced_offsets("begin", "p")}
%   if len(e.recipe.steps) <= 6:
%     for j in range(LANES // WIDTH):
            {
${round_fetch(j)}
                A${j} = ${e.typed(start, ACC_DTYPE, WIDTH, **values)};
            }
%     endfor
            for (r += ${LANES}; run_end - r >= ${LANES}; r += ${LANES}) {
${fetch_ahead()}
%     for j in range(LANES // WIDTH):
                {
${round_fetch(j)}
                    A${j} = ${e.typed(step, ACC_DTYPE, WIDTH, acc=f"A{j}", **values)};
                }
%     endfor
            }
%   else:
            // A long map is written once, not once more for the first round.
            for (; run_end - r >= ${LANES}; r += ${LANES}) {
                const int first = r == begin;
${fetch_ahead()}
%     for j in range(LANES // WIDTH):
                {
${round_fetch(j)}
${accumulate(f"A{j}", "first", WIDTH)}
                }
%     endfor
            }
%   endif
        }
        // What is left: the ragged end, and blocks that cross from run to run; each lane's place is computed.
        for (; r < end; r += ${LANES}) {
            const int first = r == begin;
%   for j in range(LANES // WIDTH):
            if (r + ${j * WIDTH} < end) {
                const int m = (int)min((${IDX})${WIDTH}, end - r - ${j * WIDTH});
%     for k in e.buffers:
                long p${k}[${WIDTH}];
%     endfor
                ${each("lane", WIDTH, WIDTH)}
%     for k in e.buffers:
                    long w${k} = q${k};
%     endfor
                    const ${IDX} rl = r + ${j * WIDTH} + (lane < m ? lane : 0);
${reduced_offsets("rl", "w")}
%     for k in e.buffers:
                    p${k}[lane] = w${k};
%     endfor
                }
%     for k in e.buffers:
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"pick_{e.input_memory(k)}(a{k}, p{k})")};
%     endfor
${number(f"({NUMBERED})(r + {j * WIDTH})", True)}
${map_values(e)}
                ${ACC.widened(WIDTH)} next = A${j};
${accumulate("next", "first", WIDTH)}
                A${j} = first_lanes_${ACC.widened(WIDTH)}(m, next, A${j});
            }
%   endfor
        }
        const int present = (int)min((${IDX})${LANES}, end - begin);
        ${ACC} total;
        if (present == ${LANES}) {
<%
    names = [f"A{j}" for j in range(LANES // WIDTH)]
    width = WIDTH
    lines = []
    count = 0
    while width > 1:
        t, h = ACC.widened(width), ACC.widened(width // 2)
        fresh = []
        for name in names:
            lines.append(f"const {h} h{count} = even_lanes_{t}({name}), g{count} = odd_lanes_{t}({name});")
            lines.append(f"const {h} b{count} = {e.typed(combine, ACC_DTYPE, width // 2, a=f'h{count}', b=f'g{count}')};")
            fresh.append(f"b{count}")
            count += 1
        names, width = fresh, width // 2
    while len(names) > 1:
        fresh = []
        for x, y in zip(names[::2], names[1::2]):
            lines.append(f"const {ACC} b{count} = {e.typed(combine, ACC_DTYPE, 1, a=x, b=y)};")
            fresh.append(f"b{count}")
            count += 1
        names = fresh
%>
%   for line in lines:
            ${line}
%   endfor
            total = ${names[0]};
        } else {
            ${ACC} lane[${LANES}];
%   for j in range(LANES // WIDTH):
%     for i in range(WIDTH):
%       if ACC.is_complex:
            lane[${j * WIDTH + i}].re = A${j}.re.s${"%x" % i};
            lane[${j * WIDTH + i}].im = A${j}.im.s${"%x" % i};
%       else:
            lane[${j * WIDTH + i}] = A${j}.s${"%x" % i};
%       endif
%     endfor
%   endfor
${tree("lane", "present")}
            total = lane[0];
        }
%   if JOINED:
            joined[block] = total;
        }
        // No more than a lane each: what another launch would make of them.
${tree("joined", "(int)blocks")}
${store_result("joined[0]", "task")}
%   else:
${store_result("total", "task")}
%   endif
    }
% elif FAMILY == "gpu" and SHAPE == "along":
    ## Every item of a group passes every barrier; teams beyond the last task do no work.
    __local ${ACC} lane[${LANES * TEAMS}];
    const int l = get_local_id(0) & ${LANES - 1};
    const int team = get_local_id(0) / ${LANES};
    for (${IDX} base = (${IDX})get_group_id(0) * ${TEAMS}; base < tasks; base += (${IDX})get_num_groups(0) * ${TEAMS}) {
        const ${IDX} task = base + team;
        int present = 0;
        if (task < tasks) {
            const ${IDX} result = task / blocks;
            const ${IDX} begin = (task - result * blocks) * ${BLOCK};
            const ${IDX} end = min(n - begin, (${IDX})${BLOCK}) + begin;
            present = (int)min((${IDX})${LANES}, end - begin);
%   for k in e.buffers:
            long q${k} = o${k};
%   endfor
${kept_offsets("result", "q")}
            ${ACC} acc;
            int first = 1;
            for (${IDX} r = begin + l; r < end; r += ${LANES}) {
%   for k in e.buffers:
                long p${k} = q${k};
%   endfor
${reduced_offsets("r", "p")}
%   for k in e.buffers:
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"load_{e.input_memory(k)}(a{k}, p{k})")};
%   endfor
${number(f"({NUMBERED})r", False)}
${map_values(e)}
${accumulate("acc", "first", 1)}
                first = 0;
            }
            if (l < present) lane[get_local_id(0)] = acc;
        }
        // Adjacent pairs: after a level, lane k of the team holds what lanes 2k and 2k+1 held.
        int w = present;
        for (int level = 1; level < ${LANES}; level <<= 1) {
            barrier(CLK_LOCAL_MEM_FENCE);
            ${ACC} pair;
            const int o = team * ${LANES};
            if (2 * l + 1 < w) {
                const ${ACC} a = lane[o + 2 * l], b = lane[o + 2 * l + 1];
                pair = ${e.typed(combine, ACC_DTYPE, 1, a="a", b="b")};
            } else if (2 * l < w) {
                pair = lane[o + 2 * l];
            }
            barrier(CLK_LOCAL_MEM_FENCE);
            if (2 * l < w) lane[o + l] = pair;
            w = (w + 1) >> 1;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (task < tasks && l == 0) {
${store_result("lane[get_local_id(0)]", "task")}
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
% else:
%   if FAMILY == "cpu":
    const ${IDX} first_task = (${IDX})get_group_id(0) * chunk;
    const ${IDX} end_task = min(tasks - first_task, chunk) + first_task;
    for (${IDX} task = first_task; task < end_task; task++) {
%   else:
    for (${IDX} task = get_global_id(0); task < tasks; task += (${IDX})get_global_size(0)) {
%   endif
        // Neighbouring tasks take neighbouring results, so that devices read whole lines.
        const ${IDX} panels = tasks / blocks;
        const ${IDX} block = task / panels;
        const ${IDX} result = (task - block * panels) * ${WIDTH * PANEL};
        const ${IDX} begin = block * ${BLOCK};
        const ${IDX} end = min(n - begin, (${IDX})${BLOCK}) + begin;
        const int here = (int)min((${IDX})${WIDTH * PANEL}, results - result);
        const int vectors = (here + ${WIDTH - 1}) / ${WIDTH};
        const int whole = here / ${WIDTH};
        // Places of this task's results: each one's where axes are short, else one a vector.
%   for k in e.buffers:
        long q${k}[${WIDTH * PANEL if ANY_PLACE else PANEL}];
%   endfor
        ${each("v", f"vectors * {WIDTH}", PANEL * WIDTH) if ANY_PLACE else EACH_VECTOR}
%   for k in e.buffers:
            long w${k} = o${k};
%   endfor
            const ${IDX} which = min(result + ${"v" if ANY_PLACE else f"v * {WIDTH}"}, results - 1);
${kept_offsets("which", "w")}
%   for k in e.buffers:
            q${k}[v] = w${k};
%   endfor
        }
        // One lane after the other: its elements lie LANES apart, each a run of results wide enough for
        // the prefetcher. A finished lane joins its finished neighbour at once, as a binary counter
        // carries: that is the tree of adjacent pairs with one panel kept a level.
        const int present = (int)min((${IDX})${LANES}, end - begin);
        ${ACC.widened(WIDTH)} cur[${PANEL}], level[${(LEVELS + 1) * PANEL}];
        ${each("l", "present" if LANES > 1 else 1, LANES)}
            for (${IDX} r = begin + l; r < end; r += ${LANES}) {
                const int first = r == begin + l;
%   if STREAMS > 1:
                // Several elements of the lane at once: memory is read in as many streams, and the
                // accumulators are loaded and stored once.
                if (!first && end - r > ${(STREAMS - 1) * LANES}) {
%     for u in range(STREAMS):
%       for k in e.buffers:
                    long z${u}_${k} = 0;
%       endfor
                    const ${IDX} r${u} = r + ${u * LANES};
${reduced_offsets(f"r{u}", f"z{u}_")}
%     endfor
                    ${EACH_WHOLE}
                        ${ACC.widened(WIDTH)} next = cur[v];
%     for u in range(STREAMS):
                        {
${across_fetch("all", f"z{u}_")}
                            next = ${e.typed(step, ACC_DTYPE, WIDTH, acc="next", **values)};
                        }
%     endfor
                        cur[v] = next;
                    }
                    if (whole < vectors) {
                        const int v = whole, m = here - v * ${WIDTH};
%     for u in range(STREAMS):
                        {
${across_fetch("some", f"z{u}_")}
                            cur[v] = ${e.typed(step, ACC_DTYPE, WIDTH, acc="cur[v]", **values)};
                        }
%     endfor
                    }
                    r += ${(STREAMS - 1) * LANES};
                    continue;
                }
%   endif
%   for k in e.buffers:
                long z${k} = 0;
%   endfor
${reduced_offsets("r", "z")}
%   if len(e.recipe.steps) <= 6 and WIDTH > 1:
                // Whole vectors, with the test for the first round outside: the loop that counts.
                if (first) {
                    ${EACH_WHOLE}
${across_fetch("all")}
                        cur[v] = ${e.typed(start, ACC_DTYPE, WIDTH, **values)};
                    }
                } else {
                    ${EACH_WHOLE}
${across_fetch("all")}
                        cur[v] = ${e.typed(step, ACC_DTYPE, WIDTH, acc="cur[v]", **values)};
                    }
                }
                if (whole < vectors) {
                    const int v = whole;
                    const int m = here - v * ${WIDTH};
${across_fetch("some")}
${accumulate("cur[v]", "first", WIDTH)}
                }
%   else:
                ${EACH_VECTOR}
                    const int m = min(${WIDTH}, here - v * ${WIDTH});
${across_fetch("any")}
${accumulate("cur[v]", "first", WIDTH)}
                }
%   endif
            }
            int up = 0;
            for (int k = l; k & 1; k >>= 1) {
                ${EACH_VECTOR}
                    const ${ACC.widened(WIDTH)} a = level[up * ${PANEL} + v], b = cur[v];
                    cur[v] = ${e.typed(combine, ACC_DTYPE, WIDTH, a="a", b="b")};
                }
                up++;
            }
            ${EACH_VECTOR}
                level[up * ${PANEL} + v] = cur[v];
            }
        }
        // The levels left, the smallest first: unpaired ends join what stands before them.
        int filled = 0;
        for (int up = 0; (present >> up) != 0; up++) {
            if (((present >> up) & 1) == 0) continue;
            ${EACH_VECTOR}
                const ${ACC.widened(WIDTH)} a = level[up * ${PANEL} + v], b = cur[v];
                if (filled) cur[v] = ${e.typed(combine, ACC_DTYPE, WIDTH, a="a", b="b")};
                else cur[v] = a;
            }
            filled = 1;
        }
        ${EACH_VECTOR}
            const int m = min(${WIDTH}, here - v * ${WIDTH});
%   for i in range(WIDTH):
            if (${i} < m) {
%     if ACC.is_complex:
                ${ACC} total;
                total.re = cur[v].re${f".s{i:x}" if WIDTH > 1 else ""};
                total.im = cur[v].im${f".s{i:x}" if WIDTH > 1 else ""};
%     else:
                const ${ACC} total = cur[v]${f".s{i:x}" if WIDTH > 1 else ""};
%     endif
${store_result("total", f"(long)(result + v * {WIDTH} + {i}) * blocks + block")}
            }
%   endfor
        }
    }
% endif
}
