## Which digits a row is moved by, from which buffer to which, and the move.

<%def name="lives()">
// The bits in which keys of a row differ.
static inline ulong sort_differs(__global const ulong *bits, const uint chunks)
{
    ulong ors = 0, ands = ~(ulong)0;
    for (uint c = 0; c < chunks; c++) {
        ors |= bits[2 * c];
        ands &= bits[2 * c + 1];
    }
    return ors & ~ands;
}
// Whether a digit is moved by; the lowest one where all keys are equal, so that there is a move.
static inline int sort_lives(const ulong differs, const uint digit)
{
    return ((differs >> (8u * digit)) & 255u) != 0 || (differs == 0 && digit == 0);
}
// How many of the digits below a given one are moved by. The last move of all is to the result.
static inline uint sort_moves(const ulong differs, const uint digit)
{
    uint moves = 0;
    for (uint d = 0; d < digit; d++)
        moves += sort_lives(differs, d);
    return moves;
}
</%def>

<%def name="moved(e, first, begin, end)">
## Moves elements ``begin`` to ``end`` of a row by one digit, ``shift`` bits up, each to at[digit], which goes on. ``first`` is C of whether this is the
## row's first move: it reads in_row, others read from (split: and places_from). The last one, which leaves 1, stores results in to, others what is
## moved (split: and places_to).
% for is_first in (True, False):
%   for is_last in (True, False):
            ${"" if is_first and is_last else "else "}if (${f"{first if is_first else '1'} && {'left == 1' if is_last else '1'}"})
                for (uint i = ${begin}; i < ${end}; i++) {
%     if is_first:
                    const ${e.type} x = ${e.made("in_row[i]", "i")};
%     else:
                    const ${e.type} x = from[i];
%     endif
                    const uint to_place = at[(uint)(${e.sorted_by("x")} >> shift) & 255u]++;
<%      place = "i" if is_first else "places_from[i]" %>
%     if is_last:
                    to[to_place] = ${e.stored("x", place)};
%     else:
                    to[to_place] = x;
%       if e.form == "split":
                    places_to[to_place] = ${place};
%       endif
%     endif
                }
%   endfor
% endfor
</%def>
