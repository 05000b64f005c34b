## The walk of scan.cl.mako along a line on a GPU: an item owns a group of 16, and `team` items take a tile. Names as there.
## Items of teams without a task, and elements behind the last, take part with `neutral`: every item passes every barrier, two a block at
## most where elements do not go through local memory.
<%namespace name="piece" file="pieces.cl.mako"/>
<%
    TEAMS = LOCAL // team
    TILE = 16 * team
    # A group of 16 takes 17 places: neighbouring items then read from different banks.
    staged = "padded + (padded >> 4)"
    # One level of totals in turn of two: the next block's come when these may still be read. Two levels have a barrier in between.
    turned = team == 16 and not STAGE
    reals = ("re", "im") if acc.is_complex else ("",)
    member = lambda name, part: name + ("." + part if part else "")
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
    __local ${acc} totals[${2 * LOCAL if turned else LOCAL}];
% if turned:
    int turn = 0;
% endif
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
${place("who", "member * 16")}
        // The elements of the item's group that are there.
        const int left = there ? (int)min(n - r, (${index})16) : 0;
%   if load > 1:
<% V = acc.widened(load) %>
        if (left == 16) {
%     for k in range(0, 16, load):
            {
                const ${V} v = ${read(f"load_aligned_{source.widened(load)}(a, p + {k})", load)};
%       for i in range(load):
%         for part in reals:
                ${member(f"x[{k + i}]", part)} = ${member("v", part)}.s${i};
%         endfor
%       endfor
            }
%     endfor
        } else
%   endif
        #pragma unroll
        for (int k = 0; k < 16; k++) {
            x[k] = none;
            if (k < left) x[k] = ${read(f"load_{source}(a, p + {'k' if load else '(long)k * s'})", 1)};
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
        totals[${"turn + " if turned else ""}l] = own;
        barrier(CLK_LOCAL_MEM_FENCE);
${elder("totals", "(turn + (l & ~15))" if turned else "(l & ~15)", "(l & 15)")}
        own = ${join("elders", "own", 1)};
        const ${acc} near = elders;
%   if team == 256:
        // What is read of this is read before the next block's first barrier.
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
%     if put > 1:
<% V = acc.widened(put) ; memory = "ushort" + str(put) if half else str(stored.widened(put)) %>
        if (left == 16) {
%       for k in range(0, 16, put):
            {
                ${V} v;
%         for part in reals:
                ${member("v", part)} = (${acc.real.widened(put) if acc.is_complex else V})(${", ".join(member(f"x[{k + i}]", part) for i in range(put))});
%         endfor
                store_aligned_${memory}(${f"float_to_half_{V}(v)" if half else "v"}, out, q + ${k});
            }
%       endfor
        } else
%     endif
        #pragma unroll
        for (int k = 0; k < 16; k++) {
            if (k < left) {
${piece.store("x[k]", "q + k" if put else "q + (long)k * t")}
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
% if STAGE:
        // The next round writes where this one still reads.
        barrier(CLK_LOCAL_MEM_FENCE);
% elif turned:
        turn ^= ${LOCAL};
% endif
    }
