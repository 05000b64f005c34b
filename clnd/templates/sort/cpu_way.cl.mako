## Which digits a row is moved by, and from which buffer to which.

<%def name="lives(e)">
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
