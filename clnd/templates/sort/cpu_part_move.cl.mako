## Moves the elements of each chunk of a long row to their parts, as keys: a stable move. The first group notes where each part begins.
## Names as in cpu_ruler.cl.mako. Launch: chunks groups.
<%namespace name="ruler" file="/sort/cpu_ruler.cl.mako"/>
<% U, V = e.key, lanes %>
${ruler.part_of(e, lanes)}
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_part_move(
    __global const ${U} *in, const long offset, __global const ulong *ruler, __global const uchar *table, __global const uint *counts,
    __global uint *starts, __global ${U} *to, const uint n, const uint chunks, const uint chunk, const ${U} flip)
{
    if (!ruler[0])
        return;
    const uint begin = min((uint)get_group_id(0) * chunk, n), end = min(begin + chunk, n), size = (uint)ruler[2];
    const ${U} least = (${U})ruler[1];
    uint at[256], parts[${V}];
    ${U} keys[${V}];
    uint below = 0;
    for (int v = 0; v < 256; v++) {
        uint own = below;
        if (get_group_id(0) == 0)
            starts[v] = below;
        for (uint c = 0; c < chunks; c++) {
            own += c < get_group_id(0) ? counts[256 * c + v] : 0u;
            below += counts[256 * c + v];
        }
        at[v] = own;
    }
    if (get_group_id(0) == 0)
        starts[256] = n;
    in += offset;
    uint i = begin;
    for (; i + ${V}u <= end; i += ${V}u) {
        sort_parts_of(in + i, flip, least, size, table, keys, parts);
% for k in range(V):
        to[at[parts[${k}]]++] = keys[${k}];
% endfor
    }
    for (; i < end; i++) {
        const ${U} key = ${e.kind}_key_${U}(in[i], flip);
        to[at[sort_part_of(key, least, size, table)]++] = key;
    }
}
