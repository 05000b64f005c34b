## The walk of reduce.cl.mako along the reduced elements on a GPU: a team of items has a lane each. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
    ## Every item of a group passes every barrier; teams beyond the last task do no work.
    __local ${acc_type} lane[${LANES * teams}];
    const int l = get_local_id(0) & ${LANES - 1};
    const int team = get_local_id(0) / ${LANES};
    for (${index} base = (${index})get_group_id(0) * ${teams}; base < tasks; base += (${index})get_num_groups(0) * ${teams}) {
        const ${index} task = base + team;
        int present = 0;
        if (task < tasks) {
            const ${index} result = task / blocks;
            const ${index} begin = (task - result * blocks) * ${BLOCK};
            const ${index} end = min(n - begin, (${index})${BLOCK}) + begin;
            present = (int)min((${index})${LANES}, end - begin);
%   for k in e.buffers:
            long q${k} = o${k};
%   endfor
${piece.kept_offsets("result", "q")}
            ${acc_type} acc;
            int first = 1;
            for (${index} r = begin + l; r < end; r += ${LANES}) {
%   for k in e.buffers:
                long p${k} = q${k};
%   endfor
${piece.reduced_offsets("r", "p")}
%   for k in e.buffers:
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"load_{e.input_memory(k)}(a{k}, p{k})")};
%   endfor
${piece.number(f"({numbered})r", False)}
${piece.map_values(e)}
${piece.accumulate("acc", "first", 1)}
                first = 0;
            }
            if (l < present) lane[get_local_id(0)] = acc;
        }
        // Adjacent pairs: after a level, lane k of the team holds what lanes 2k and 2k+1 held.
        int w = present;
        for (int level = 1; level < ${LANES}; level <<= 1) {
            barrier(CLK_LOCAL_MEM_FENCE);
            ${acc_type} pair;
            const int o = team * ${LANES};
            if (2 * l + 1 < w) {
                const ${acc_type} a = lane[o + 2 * l], b = lane[o + 2 * l + 1];
                pair = ${e.typed(combine, acc_dtype, 1, a="a", b="b")};
            } else if (2 * l < w) {
                pair = lane[o + 2 * l];
            }
            barrier(CLK_LOCAL_MEM_FENCE);
            if (2 * l < w) lane[o + l] = pair;
            w = (w + 1) >> 1;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (task < tasks && l == 0) {
${piece.store_result("lane[get_local_id(0)]", "task")}
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
