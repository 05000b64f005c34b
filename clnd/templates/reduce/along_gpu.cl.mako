## The walk of reduce.cl.mako along the reduced elements on a GPU: an item of a team has `width` neighbouring lanes. Names as there.
## Every item of a group passes every barrier, two a block at most; teams beyond the last task do no work.
<%namespace name="piece" file="pieces.cl.mako"/>
<%namespace name="lanes" file="/lib/lanes.cl.mako"/>
<%
    team = LANES // width
    # An item joins so many others' results; where a team has more, several items do, and one of them joins theirs.
    JOINED = min(team, 8)
    parts = team // JOINED
    join = lambda a, b: e.typed(combine, acc_dtype, 1, a=a, b=b)
    vector = acc_type.widened(width)
%>
% if parts > 1:
    __local ${acc_type} lane[${team * teams}], part[${parts * teams}];
% else:
    // Of two blocks in turn: one may still be read when the next one's results come.
    __local ${acc_type} lane[${2 * team * teams}];
    int turn = 0;
% endif
    const int l = get_local_id(0) & ${team - 1}, who = get_local_id(0) / ${team};
    for (${index} base = (${index})get_group_id(0) * ${teams}; base < tasks; base += (${index})get_num_groups(0) * ${teams}) {
        const ${index} task = base + who;
        // Items of the team that have elements.
        int present = 0;
        if (task < tasks) {
            const ${index} result = task / blocks;
            const ${index} begin = (task - result * blocks) * ${BLOCK};
            const ${index} end = min(n - begin, (${index})${BLOCK}) + begin;
            present = (int)min((${index})${team}, (end - begin) / ${width});
%   for k in e.buffers:
            long q${k} = o${k};
%   endfor
${piece.kept_offsets("result", "q")}
            ${vector} acc;
            int first = 1;
            for (${index} r = begin + l${f" * {width}" if width > 1 else ""}; r < end; r += ${LANES}) {
%   for k in e.buffers:
                long p${k} = q${k};
%   endfor
${piece.reduced_offsets("r", "p")}
%   for k in e.buffers:
                const ${e.input_type(k)} x${k} = ${e.widened(k, ("spread" if width > 1 and patterns[k] == "same" else "load_aligned" if width > 1 else "load") + f"_{e.input_memory(k)}(a{k}, p{k})")};
%   endfor
${piece.number(f"({numbered})r", True)}
${piece.map_values(e)}
${piece.accumulate("acc", "first", width)}
                first = 0;
            }
            if (l < present) {
%   for k in range(width):
${piece.lane(f"own{k or ''}", "acc", k)}
%   endfor
%   for step in (1 << level for level in range((width - 1).bit_length())):
%     for k in range(0, width - step, 2 * step):
                own${k or ""} = ${join(f"own{k or ''}", f"own{k + step}")};
%     endfor
%   endfor
                lane[${f"turn * {team * teams} + " if parts == 1 else ""}get_local_id(0)] = own;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
% if parts > 1:
        if (l < ${parts} && l * ${JOINED} < present) {
            const int count = min(${JOINED}, present - l * ${JOINED});
${lanes.neighbours(acc_type, "joined", "lane", f"who * {team} + l * {JOINED}", "count", JOINED, join)}
            part[who * ${parts} + l] = joined;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (task < tasks && l == 0) {
            const int count = (present + ${JOINED - 1}) / ${JOINED};
${lanes.neighbours(acc_type, "all", "part", f"who * {parts}", "count", parts, join)}
% else:
        if (task < tasks && l == 0) {
${lanes.neighbours(acc_type, "all", "lane", f"turn * {team * teams} + who * {team}", "present", JOINED, join)}
% endif
${piece.store_result("all", "task")}
        }
% if parts == 1:
        turn ^= 1;
% endif
    }
