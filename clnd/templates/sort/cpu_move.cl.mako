## Moves every element of each chunk of each row to its place by one digit: a stable move.
##
## From the operand (the first move) or from what the move before made, to a or to b, so that the last move ends in b: what is moved
## is then stored as the result, of which b is the memory. (split: keys are in a and b, places in places_a and places_b, and the last
## move stores places in b and no keys.)
##
## shared: the row may be sorted by parts (cpu_ruler.cl.mako), then there is nothing to do here. Launch: rows * chunks groups.
<%namespace name="way" file="/sort/cpu_way.cl.mako"/>
<%
    T = e.type
    split = e.form == "split"
%>
${way.lives()}
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_move(
    __global const ${e.key} *in, const long offset, __global ${T} *a, __global ${T} *b,
% if split:
    __global uint *places_a, __global uint *places_b,
% endif
    __global const uint *counts, __global const ulong *bits,
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
    const ulong differs = sort_differs(bits + 2 * row * chunks, chunks);
    if (!sort_lives(differs, digit))
        return;
    const uint moves = sort_moves(differs, digit), left = sort_moves(differs, ${e.digits}) - moves;
    // Where the elements of each value go: behind those of lower values, and those of earlier chunks.
    uint at[256];
    for (int v = 0; v < 256; v++)
        at[v] = 0;
    uint total[256];
    for (int v = 0; v < 256; v++)
        total[v] = 0;
    for (uint c = 0; c < chunks; c++) {
        __global const uint *some = counts + 256 * (row * chunks + c);
        for (int v = 0; v < 256; v++) {
            at[v] += c < part ? some[v] : 0u;
            total[v] += some[v];
        }
    }
    uint below = 0;
    for (int v = 0; v < 256; v++) {
        at[v] += below;
        below += total[v];
    }
    const long first = (long)row * n;
    __global const ${e.key} *in_row = in + offset + first;
    __global const ${T} *from = ((left & 1u) ? a : b) + first;
    __global ${T} *to = ((left & 1u) ? b : a) + first;
% if split:
    __global const uint *places_from = ((left & 1u) ? places_a : places_b) + first;
    __global uint *places_to = ((left & 1u) ? places_b : places_a) + first;
% endif
${way.moved(e, "moves == 0", "begin", "end")}
}
