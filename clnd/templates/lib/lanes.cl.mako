## The lanes of the canonical order, combined by adjacent pairs, in registers: nothing is indexed by what only the run knows, so that
## compilers for GPUs need no scratch memory. Not functions of a type: a kernel template takes these in by <%namespace>.
##
##   pair     level -> C of where the result of a finished pair of that level is kept
##   levels   lanes are 1 << levels at most
##   value    the variable that holds a lane, and is used up
##   join     (a, b) -> C of two values joined

<%def name="finished(pair, levels, number, value, join, level=0)">
## Lane `number` is finished, and joins its finished neighbour, as a binary counter carries.
% if level == levels:
            ${pair(level)} = ${value};
% else:
            if (((${number}) & ${1 << level}) == 0) ${pair(level)} = ${value};
            else {
            ${value} = ${join(pair(level), value)};
${finished(pair, levels, number, value, join, level + 1)}
            }
% endif
</%def>

<%def name="all_of(pair, levels, count, value, join)">
## `value` becomes what `count` lanes make, 1 at least: unpaired ends join what stands before them, the smallest first.
            {
                int filled = 0;
% for level in range(levels + 1):
                if (((${count}) & ${1 << level}) != 0) {
                    if (filled) ${value} = ${join(pair(level), value)};
                    else ${value} = ${pair(level)};
                    filled = 1;
                }
% endfor
            }
</%def>

<%def name="neighbours(type, value, source, first, count, most, join)">
## `value` becomes what `count` neighbours in `source` make, 1 at least and ``most`` at most, of which the first one is at `first`.
% for k in range(most):
            ${type} ${value}${k or ""} = ${source}[${first}${f" + ({k} < {count} ? {k} : 0)" if k else ""}];
% endfor
% for step in (1 << level for level in range((most - 1).bit_length())):
%   for k in range(0, most - step, 2 * step):
            if (${k + step} < ${count}) ${value}${k or ""} = ${join(f"{value}{k or ''}", f"{value}{k + step}")};
%   endfor
% endfor
</%def>
