## How many elements of each chunk of a long row are of each part; names as in cpu_ruler.cl.mako. Launch: chunks groups.
<%namespace name="ruler" file="/sort/cpu_ruler.cl.mako"/>
<% U, V = e.key, lanes %>
${ruler.part_of(e, lanes)}
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_part_count(
    __global const ${U} *in, const long offset, __global const ulong *ruler, __global const uchar *table, __global uint *counts,
    const uint n, const uint chunk, const ${U} flip)
{
    if (!ruler[0])
        return;
    const uint begin = min((uint)get_group_id(0) * chunk, n), end = min(begin + chunk, n), size = (uint)ruler[2];
    const ${U} least = (${U})ruler[1];
    uint count[1024], parts[${V}];
    ${U} keys[${V}];
    for (int v = 0; v < 1024; v++)
        count[v] = 0;
    in += offset;
    uint i = begin;
    for (; i + ${V}u <= end; i += ${V}u) {
        sort_parts_of(in + i, flip, least, size, table, keys, parts);
% for k in range(V):
        count[${256 * (k % 4)}u + parts[${k}]]++;
% endfor
    }
    for (; i < end; i++)
        count[sort_part_of(${e.kind}_key_${U}(in[i], flip), least, size, table)]++;
    counts += 256 * get_group_id(0);
    for (int v = 0; v < 256; v++)
        counts[v] = count[v] + count[256 + v] + count[512 + v] + count[768 + v];
}
