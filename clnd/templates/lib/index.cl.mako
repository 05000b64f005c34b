## From the number of an element in row-major order to where it lies: the number is taken apart into places along the
## axes, of which the last runs fastest, and each place adds steps. Not functions of a type: a kernel template takes
## these in by <%namespace>.
##
##   index   the C type that counts elements
##   rest    the variable that holds the number, and is used up
##   axes    for each axis that is counted, the first one first: its length, and (target, step) for each sum that it adds to, or
##           (target, step, place) where that is not the place ``at`` itself, or a statement

<%def name="last_place(index, rest, length, suffix='', qualifier='const ')">
## The place along the last axis that is still in ``rest``, as at<suffix>. length: None for the first axis, which has all that is left.
%   if length is None:
            ${qualifier}${index} at${suffix} = ${rest};
%   else:
## One division: the remainder follows from it.
            const ${index} up${suffix} = ${rest} / ${length};
            ${qualifier}${index} at${suffix} = ${rest} - up${suffix} * ${length};
            ${rest} = up${suffix};
%   endif
</%def>

<%def name="add_steps(index, rest, axes)">
## Adds the steps to every axis' place. Offsets have 64 bits, whatever elements are counted in.
% for d, (length, steps) in reversed([*enumerate(axes)]):
        {
${last_place(index, rest, length if d else None)}
%   for step in steps:
%     if isinstance(step, str):
            ${step}
%     else:
            ${step[0]} += (long)${step[2] if len(step) > 2 else "at"} * ${step[1]};
%     endif
%   endfor
        }
% endfor
</%def>

<%def name="add_batch_steps(rest, axes)">
## The same for the matrix of a batch that a group takes: it is done once a group, and numbers and offsets are of one signed type.
% for length, steps in reversed(axes):
%   for target, step in steps:
    ${target} += (${rest} % ${length}) * ${step};
%   endfor
    ${rest} /= ${length};
% endfor
</%def>
