## Rows, or parts of them, of up to L * K elements, each sorted in local memory by one work-group, by four bits at a time. The first k of
## each go out: [row][part][k]. A row as a whole is one part.
##
## Launch: groups of L items, which take every groups-th part.
<%namespace name="local" file="/sort/gpu_local.cl.mako"/>
<%
    T, tile_size = e.type, L * K
    split = e.form == "split"
%>
__kernel __attribute__((reqd_work_group_size(${L}, 1, 1)))
void sort_rows(
    __global const ${e.key} *in, const long offset, __global ${T} *out, const uint n, const uint parts, const uint k, const ulong tasks, const uint rounds,
    const ${e.key} flip)
{
    __local ${T} tile[${tile_size}];
% if split:
    __local uint tile_places[${tile_size}];
% endif
    __local ushort columns[${16 * L}];
    __local uint sums[${L}];
    const uint item = (uint)get_local_id(0);
    for (ulong task = get_group_id(0); task < tasks; task += get_num_groups(0)) {
        const ulong row = task / parts, part = task % parts;
        const uint begin = (uint)(part * n / parts), count = (uint)((part + 1) * n / parts) - begin;
        // Absent elements have the largest key and come last, because the sort is stable.
% for k in range(K):
        ${T} x${k} = ~(${T})0;
%   if split:
        uint p${k} = 0;
%   endif
        if (item * ${K}u + ${k}u < count) {
            const uint i = begin + item * ${K}u + ${k}u;
            x${k} = ${e.made("in[offset + (long)(row * n) + i]", "i")};
%   if split:
            p${k} = i;
%   endif
        }
% endfor
        for (uint turn = 0; turn < rounds; turn++) {
${local.round(e, L, K, f"{e.low}u + 4u * turn")}
            barrier(CLK_LOCAL_MEM_FENCE);  // the tile is read before it changes
        }
% for k in range(K):
        if (item * ${K}u + ${k}u < k)
            out[task * k + item * ${K}u + ${k}u] = ${e.stored(f"x{k}", f"p{k}")};
% endfor
    }
}
