## Moves every element to its place by one digit: a tile of L * K elements is sorted by the digit in local memory, by two rounds of
## four bits, and goes out in that order, so that neighbours are written together.
##
## ``last`` and the first digit are arguments. Launch: groups of L items, which take every groups-th tile of all rows.
<%namespace name="local" file="/sort/gpu_local.cl.mako"/>
<%
    T, tile_size = e.type, L * K
    split = e.form == "split"
%>
__kernel __attribute__((reqd_work_group_size(${L}, 1, 1)))
void sort_move(
    __global const ${e.key} *in, const long offset, __global const ${T} *from, __global ${T} *to,
% if split:
    __global const uint *places_from, __global uint *places_to,
% endif
    __global const uint *counts, __global const uint *totals,
    const uint n, const uint tiles, const ulong tasks, const uint digit, const uint last, const ${e.key} flip)
{
    __local ${T} tile[${tile_size}];
% if split:
    __local uint tile_places[${tile_size}];
% endif
    __local ushort columns[${16 * L}];
    __local uint sums[${L}], lower[256], starts[256];
    const uint item = (uint)get_local_id(0), shift = ${e.low}u + 8u * digit;
    for (ulong task = get_group_id(0); task < tasks; task += get_num_groups(0)) {
        const ulong row = task / tiles;
        const uint number = (uint)(task % tiles), begin = number * ${tile_size}u, count = min(${tile_size}u, n - begin);
        // Absent elements have the largest key and come last, because the sort is stable.
% for k in range(K):
        ${T} x${k} = ~(${T})0;
%   if split:
        uint p${k} = 0;
%   endif
        if (item * ${K}u + ${k}u < count) {
            const uint i = begin + item * ${K}u + ${k}u;
            if (digit == 0) {
                x${k} = ${e.made("in[offset + (long)(row * n) + i]", "i")};
%   if split:
                p${k} = i;
%   endif
            } else {
                x${k} = from[row * n + i];
%   if split:
                p${k} = places_from[row * n + i];
%   endif
            }
        }
% endfor
        for (uint v = item; v < 256u; v += ${L}u)
            lower[v] = totals[row * 256u + v];
        barrier(CLK_LOCAL_MEM_FENCE);  // totals are there
${local.before("lower", 256, L)}
${local.round(e, L, K, "shift")}
        barrier(CLK_LOCAL_MEM_FENCE);  // the tile is read before it changes
${local.round(e, L, K, "shift + 4u")}
        // Where each value begins in the tile.
        for (uint q = item; q < count; q += ${L}u) {
            const uint d = (uint)(${e.sorted_by("tile[q]")} >> shift) & 255u;
            if (q == 0 || ((uint)(${e.sorted_by("tile[q - 1]")} >> shift) & 255u) != d)
                starts[d] = q;
        }
        barrier(CLK_LOCAL_MEM_FENCE);  // starts are there
        for (uint q = item; q < count; q += ${L}u) {
            const ${T} x = tile[q];
            const uint d = (uint)(${e.sorted_by("x")} >> shift) & 255u;
            const ulong target = row * n + lower[d] + counts[(row * 256u + d) * tiles + number] + (q - starts[d]);
<%          place = "tile_places[q]" if split else "0" %>
            if (last)
                to[target] = ${e.stored("x", place)};
            else {
                to[target] = x;
% if split:
                places_to[target] = ${place};
% endif
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);  // local memory is read before the next tile
    }
}
