## The permutation of 0 .. n-1 of one draw of a stream, as int64. Its definition stands at the top of
## random.cl.mako: a Feistel network over a * b >= n places, walked until a place is below n, and
## turned by c.
##
##   family  cpu: work-groups of one item, each a chunk of consecutive elements, in vectors
##           of 64-bit lanes. gpu: an item makes one element at a time; items stride over the grid.
##   index   the C type that counts elements: uint up to 2^31 elements, else ulong
##   rows    whether many rows are made, of n places each and an order of its own: elements are then
##           numbered over all rows, the places of row r from r * n on. One element at a time is made, and
##           as many as ``made`` says: the start of an order is made without the rest.
##   lanes   (cpu) elements of a vector, or 1 for rows
##   GROUPS  (cpu) vectors in one step of the loop: the ten rounds of one depend on each other, those
##           of several overlap
##
## The walk is rarely longer than one step: a * b exceeds n by less than b + 2 * a above 256 elements.
## A vector walks until its last lane is done, and each lane keeps what it found first. Lanes beyond
## the last element do not walk: from outside the n places no walk need ever come in.
<%! from clnd.templates.ctype import CType %>
<%
    ROUNDS = 10
    lane = CType("ulong", lanes)
    groups = range(1 if rows else GROUPS)
    numbers = ", ".join(map(str, range(lanes)))
%>
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void permutation(
    __global ulong *out, const ${index} n, ${f"const {index} made, " if rows else ""}const ${index} chunk, const uint a, const uint b,
    const uint k0, const uint k1, const uint d0, const uint d1)
{
% if not rows:
    // Twelve words: the keys of the rounds, and the turn.
% for k in range(3):
    const uint4 w${k} = philox_block_uint4((uint4)(${k}u, 0u, d0, d1), k0, k1);
% endfor
    const ulong c = random_below_ulong((ulong)w2.s2, (ulong)w2.s3, (ulong)n);
% endif
% if rows:
%   if family == "cpu":
    const ${index} begin = (${index})get_group_id(0) * chunk, end = min(begin + chunk, made);
    for (${index} start = begin; start < end; start++) {
%   else:
    const ${index} end = made;
    for (${index} start = (${index})get_global_id(0); start < end; start += chunk) {
%   endif
        const ${index} row = start / n, place = start - row * n;
%   for k in range(3):
        const uint4 w${k} = philox_block_uint4((uint4)((uint)(3ul * row + ${k}), (uint)((3ul * row + ${k}) >> 32), d0, d1), k0, k1);
%   endfor
        const ulong c = random_below_ulong((ulong)w2.s2, (ulong)w2.s3, (ulong)n);
        ulong l0 = place / (${index})b, r0 = place % (${index})b;
% elif family == "cpu":
    const ${index} begin = (${index})get_group_id(0) * chunk, end = min(begin + chunk, n);
    ulong row = begin / b, column = begin % b;
    for (${index} start = begin; start < end; start += ${lanes * GROUPS}) {
%   for g in groups:
        // Columns of a row, or the last of a row and the first of the next: b is 16 at least, and no vector has more lanes than 8.
        const ${lane} place${g} = (${lane})(column) + (${lane})(${numbers});
        ${lane} r${g} = wrapped_${lane}(place${g}, (ulong)b), l${g} = (${lane})(row) + (r${g} == place${g} ? (${lane})(0) : (${lane})(1));
        column += ${lanes};
        row += column >= b ? 1 : 0;
        column -= column >= b ? b : 0;
%   endfor
% else:
    const ${index} end = n;
    for (${index} start = (${index})get_global_id(0); start < end; start += chunk) {
        ulong l0 = start / (${index})b, r0 = start % (${index})b;
% endif
% for g in groups:
%     if lanes == 1:
        ulong x${g} = n;
%     else:
        ${lane} x${g} = (${lane})((ulong)start + ${lanes * g}) + (${lane})(${numbers});
        x${g} = as_${lane.int}(x${g}) < (${lane.int})((long)n) ? (${lane})((ulong)n) : (${lane})(0);
%     endif
% endfor
        int outside;
        do {
% for r in range(ROUNDS):
<%      moved, other, modulus = ("l", "r", "a") if r % 2 == 0 else ("r", "l", "b") %>
%     for g in groups:
            ${moved}${g} = wrapped_${lane}(${moved}${g} + feistel_value_${lane}(w${r // 4}.s${r % 4}, ${other}${g}, ${modulus}), (ulong)${modulus});
%     endfor
% endfor
            outside = 0;
% for g in groups:
            {
                const ${lane} y = l${g} * (${lane})((ulong)b) + r${g};
                const ${lane.mask} was_outside = as_${lane.int}(x${g}) >= (${lane.int})((long)n);
                x${g} = was_outside ? y : x${g};
                outside |= any_lane_${lane}(as_${lane.int}(x${g}) >= (${lane.int})((long)n));
            }
% endfor
        } while (outside);
% for g in groups:
        {
            const ${lane} v = wrapped_${lane}(x${g} + (${lane})(c), (ulong)n);
%     if lanes == 1:
            out[start] = ${"(ulong)row * n + " if rows else ""}v;
%     else:
            const ${index} j = start + ${lanes * g};
            if (j + ${lanes} <= end)
                store_${lane}(v, out, j);
            else if (j < end)
                store_some_${lane}(v, out, j, (int)(end - j));
%     endif
        }
% endfor
    }
}
