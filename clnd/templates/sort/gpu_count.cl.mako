## How often each value of a digit occurs in each tile of L * K elements of each row: counts are kept as [row][value][tile].
##
## Counting by atomics has no order, and needs none. Launch: groups of L items, which take every groups-th tile of all rows.
<% T = e.type %>
__kernel __attribute__((reqd_work_group_size(${L}, 1, 1)))
void sort_count(
    __global const ${e.key} *in, const long offset, __global const ${T} *from, __global uint *counts,
    const uint n, const uint tiles, const ulong tasks, const uint digit, const ${e.key} flip)
{
    __local uint table[256];
    const uint item = (uint)get_local_id(0), shift = ${e.low}u + 8u * digit;
    for (ulong task = get_group_id(0); task < tasks; task += get_num_groups(0)) {
        const ulong row = task / tiles;
        const uint tile = (uint)(task % tiles), begin = tile * ${L * K}u, end = min(begin + ${L * K}u, n);
        for (uint v = item; v < 256u; v += ${L}u)
            table[v] = 0;
        barrier(CLK_LOCAL_MEM_FENCE);  // the table is empty
        if (digit == 0)
            for (uint i = begin + item; i < end; i += ${L}u)
                atomic_inc(&table[(uint)(${e.sorted_by(e.made("in[offset + (long)(row * n) + i]", "i"))} >> shift) & 255u]);
        else
            for (uint i = begin + item; i < end; i += ${L}u)
                atomic_inc(&table[(uint)(${e.sorted_by("from[row * n + i]")} >> shift) & 255u]);
        barrier(CLK_LOCAL_MEM_FENCE);  // all elements are counted
        for (uint v = item; v < 256u; v += ${L}u)
            counts[(row * 256u + v) * tiles + tile] = table[v];
        barrier(CLK_LOCAL_MEM_FENCE);  // the table is read before it is emptied
    }
}
