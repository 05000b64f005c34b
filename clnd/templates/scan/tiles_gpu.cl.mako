## The walk of scan.cl.mako along a line on a GPU: an item owns a group of 16, and `team` items take a tile. Names as there.
## Items of teams without a task, and elements behind the last, take part with `neutral`: every item passes every barrier.
<%namespace name="piece" file="pieces.cl.mako"/>
<%
    TEAMS = LOCAL // team
    TILE = 16 * team
    # A group of 16 takes 17 places: neighbouring items then read from different banks.
    staged = "padded + (padded >> 4)"
%>
<%def name="place(which, element)">
## Where element number ``element`` of the task ``which`` lies: p and q, and whether there is one.
            const ${index} task = base + ${which};
            const int there_task = task < tasks;
            const ${index} line = there_task ? task / tiles : 0, tile_number = there_task ? task - line * tiles : 0;
            const ${index} r = tile_number * ${TILE} + ${element};
            const int there = there_task && r < n;
            long p = o, q = (long)lead * t;
${piece.places("line")}
            p += (long)r * s;
            q += (long)r * t;
</%def>
<%def name="elder(sums, first, count)">
## The sum of ``count`` elder siblings, in order: their totals stand in ``sums`` from ``first`` on.
        siblings = ${count};
        for (int k = 0; k < siblings; k++) elders = ${join("elders", f"{sums}[{first} + k]", 1)};
</%def>
    ${piece.constant("none", neutral)}
% if STAGE:
    __local ${acc} stage[${LOCAL * 17}];
% endif
    __local ${acc} totals[${LOCAL}];
    __local ${acc} above[${max(1, LOCAL // 16)}];
    const int l = get_local_id(0), member = l & ${team - 1}, who = l / ${team};
    for (${index} base = (${index})get_group_id(0) * ${TEAMS}; base < tasks; base += (${index})get_num_groups(0) * ${TEAMS}) {
        ${acc} x[16];
% if STAGE:
        for (int k = 0; k < 16; k++) {
            const int padded = k * ${LOCAL} + l;
${place(f"padded / {TILE}", f"(padded & {TILE - 1})")}
            ${acc} value = none;
            if (there) value = ${read(f"load_{source}(a, p)", 1)};
            stage[${staged}] = value;
        }
        // Each item reads what others put there.
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int k = 0; k < 16; k++) x[k] = stage[l * 17 + k];
% else:
        for (int k = 0; k < 16; k++) {
${place("who", "(member * 16 + k)")}
            x[k] = none;
            if (there) x[k] = ${read(f"load_{source}(a, p)", 1)};
        }
% endif
        ${acc} own = x[0];
% if exclusive:
        x[0] = none;
        for (int k = 1; k < 16; k++) {
            const ${acc} next = x[k];
            x[k] = own;
            own = ${join("own", "next", 1)};
        }
% else:
        for (int k = 1; k < 16; k++) {
            own = ${join("own", "x[k]", 1)};
            x[k] = own;
        }
% endif
        // What stands before the item's group in its tile, level by level; all items of a group of 16 read the same totals.
        ${acc} elders = none, front = none;
        const ${index} mine = base + who;
        const int busy = mine < tasks;
% if phase == "scan":
        if (busy) front = load_${acc}(carry, (long)mine);
% endif
% if team > 1:
        int siblings;
        totals[l] = own;
        barrier(CLK_LOCAL_MEM_FENCE);
${elder("totals", "(l & ~15)", "(l & 15)")}
        own = ${join("elders", "own", 1)};
        const ${acc} near = elders;
%   if team == 256:
        if ((l & 15) == 15) above[l >> 4] = own;
        // The totals of 16 groups of 16.
        barrier(CLK_LOCAL_MEM_FENCE);
        elders = none;
${elder("above", "(who * 16)", "(member >> 4)")}
        own = ${join("elders", "above[l >> 4]", 1)};
        front = ${join("front", "elders", 1)};
%   endif
        front = ${join("front", "near", 1)};
% endif
% if phase == "totals":
        if (busy && member == ${team - 1}) store_${acc}(own, carry, (long)mine);
% else:
        for (int k = 0; k < 16; k++) x[k] = ${join("front", "x[k]", 1)};
%   if STAGE:
        for (int k = 0; k < 16; k++) stage[l * 17 + k] = x[k];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int k = 0; k < 16; k++) {
            const int padded = k * ${LOCAL} + l;
${place(f"padded / {TILE}", f"(padded & {TILE - 1})")}
            if (there) {
${piece.store(f"stage[{staged}]", "q")}
            }
        }
%   else:
        for (int k = 0; k < 16; k++) {
${place("who", "(member * 16 + k)")}
            if (there) {
${piece.store("x[k]", "q")}
            }
        }
%   endif
        if (lead && busy && member == 0 && mine % tiles == 0) {
            long p = 0, q = (long)lead * t;
${piece.places("mine / tiles")}
            ${piece.constant("first", initial)}
${piece.store("first", "q - t")}
        }
% endif
        // The next round writes where this one still reads.
        barrier(CLK_LOCAL_MEM_FENCE);
    }
