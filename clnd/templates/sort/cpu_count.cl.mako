## How often each value of a digit occurs in each chunk of each row.
##
## Counts are kept as [row][chunk][value]. The first count notes the OR and the AND of all keys of the chunk, [row][chunk][2]: digits
## that no key differs in are skipped by count and move, each of which finds out by itself.
##
## shared: the row may be sorted by parts (cpu_ruler.cl.mako), then there is nothing to do here. Launch: rows * chunks groups.
<%namespace name="way" file="/sort/cpu_way.cl.mako"/>
<% T = e.type %>
${way.lives()}
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_count(
    __global const ${e.key} *in, const long offset, __global const ${T} *a, __global const ${T} *b, __global uint *counts, __global ulong *bits,
% if shared:
    __global const ulong *ruler,
% endif
    const uint n, const uint chunks, const uint chunk, const uint digit, const ${e.key} flip)
{
% if shared:
    if (ruler[0])
        return;
% endif
    const uint row = (uint)get_group_id(0) / chunks, part = (uint)get_group_id(0) % chunks;
    const uint begin = min(part * chunk, n), end = min(begin + chunk, n);
    const uint shift = ${e.low}u + 8u * digit;
    // Four tables in turn: an increment does not wait for the one before it, of the same value mostly.
    uint table[1024];
    for (int v = 0; v < 1024; v++)
        table[v] = 0;
    if (digit == 0) {
        __global const ${e.key} *from = in + offset + (long)row * n;
        ${T} ors = 0, ands = ~(${T})0;
        uint i = begin;
        for (; i + 4 <= end; i += 4) {
% for k in range(4):
            const ${T} x${k} = ${e.sorted_by(e.made(f"from[i + {k}]", "0"))};
% endfor
            ors |= x0 | x1 | x2 | x3;
            ands &= x0 & x1 & x2 & x3;
% for k in range(4):
            table[${256 * k} + ((uint)(x${k} >> shift) & 255u)]++;
% endfor
        }
        for (; i < end; i++) {
            const ${T} x = ${e.sorted_by(e.made("from[i]", "0"))};
            ors |= x;
            ands &= x;
            table[(uint)(x >> shift) & 255u]++;
        }
        bits[2 * get_group_id(0)] = (ulong)ors >> ${e.low};
        bits[2 * get_group_id(0) + 1] = (ulong)ands >> ${e.low};
    } else {
        const ulong differs = sort_differs(bits + 2 * row * chunks, chunks);
        if (!sort_lives(differs, digit))
            return;
        const uint moves = sort_moves(differs, digit);
        if (moves == 0) {
            __global const ${e.key} *from = in + offset + (long)row * n;
            for (uint i = begin; i < end; i++)
                table[(i & 3u) * 256u + ((uint)(${e.sorted_by(e.made("from[i]", "0"))} >> shift) & 255u)]++;
        } else {
            __global const ${T} *from = (((sort_moves(differs, ${e.digits}) - moves) & 1u) ? a : b) + (long)row * n;
            uint i = begin;
            for (; i + 4 <= end; i += 4) {
% for k in range(4):
                const ${T} x${k} = from[i + ${k}];
% endfor
% for k in range(4):
                table[${256 * k} + ((uint)(${e.sorted_by(f"x{k}")} >> shift) & 255u)]++;
% endfor
            }
            for (; i < end; i++) {
                const ${T} x = from[i];
                table[(uint)(${e.sorted_by("x")} >> shift) & 255u]++;
            }
        }
    }
    counts += 256 * get_group_id(0);
    for (int v = 0; v < 256; v++)
        counts[v] = table[v] + table[256 + v] + table[512 + v] + table[768 + v];
}
