## The counts of each value, [row][value][tile], become those of all tiles before; the count of all tiles goes to totals, [row][value].
##
## A group walks along the tiles of one value, L * 4 at a time. Launch: groups of L items, which take every groups-th list.
<%namespace name="running" file="/lib/running.cl.mako"/>
__kernel __attribute__((reqd_work_group_size(${L}, 1, 1)))
void sort_scan(__global uint *counts, __global uint *totals, const uint tiles, const ulong lists, const ${e.key} flip)
{
    __local uint sums[${L}];
    const uint item = (uint)get_local_id(0);
    for (ulong list = get_group_id(0); list < lists; list += get_num_groups(0)) {
        __global uint *c = counts + list * tiles;
        uint before = 0;
        for (uint start = 0; start < tiles; start += ${4 * L}u) {
            const uint i = start + 4u * item;
% for k in range(4):
            const uint c${k} = i + ${k}u < tiles ? c[i + ${k}u] : 0u;
% endfor
            sums[item] = c0 + c1 + c2 + c3;
            barrier(CLK_LOCAL_MEM_FENCE);  // all sums are there
${running.sums("uint", "sums", "item", L)}
            const uint s = before + sums[item] - (c0 + c1 + c2 + c3);
            before += sums[${L - 1}];
            if (i < tiles) c[i] = s;
            if (i + 1u < tiles) c[i + 1u] = s + c0;
            if (i + 2u < tiles) c[i + 2u] = s + c0 + c1;
            if (i + 3u < tiles) c[i + 3u] = s + c0 + c1 + c2;
            barrier(CLK_LOCAL_MEM_FENCE);  // sums are read before the next ones
        }
        if (item == 0)
            totals[list] = before;
    }
}
