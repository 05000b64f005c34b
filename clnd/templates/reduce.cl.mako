## A reduction with a fused map stage, in the canonical order.
##
## The reduced elements of each result are numbered r = 0 .. n-1 in row-major order of the reduced
## axes and cut in blocks of BLOCK. In a block, lane r mod LANES takes its elements in order, the
## first one starting the lane; lanes combine by adjacent pairs (2i, 2i+1), absent lanes skipped.
## Block results are reduced by the same rule, by another launch. The order depends on nothing else.
##
##   e          the map stage at this kernel's width (kernels/emit.py); its outputs (one, or two for products) are what is accumulated
##   start, step, combine   C over x1 (and x2), acc and the two partial results a and b
##   values     what x1 and x2 stand for there: the outputs of the map stage, y0 and y1
##   acc_dtype  what is accumulated in; acc_type is its CType, of width 1
##   finish     C that makes the result of total, the last partial result
##   stored     the CType of what is stored; half: it is rounded to float16
##   BLOCK, LANES   constants of the canonical order, or, in math mode "fast", of a free one; not tunables
##   shape      along: vectors run along r (rows); across: vectors run along the results (columns); rows: (CPU) along r, of as many
##              short rows at a time as a vector has lanes; flat: (CPU) across few results, all at once
##   patterns   along: unit, same, strided along the innermost reduced axis, or along: any of these, found out at run time
##              across: unit, same, strided along the innermost kept axis, any (short axes)
##              rows: unit, same, strided along the reduced axis, or shared: unit, the same for all results
##              flat: flat, repeat (the same for all results), tiled (the same for all reduced elements)
##   lanes      (rows) elements of a row in each of its vectors, the width but in the last one; is_whole: rows have LANES elements or more;
##              longest: elements that rows have at most
##   widest     (flat) elements from one row of results to the next, at most; period: how many they are, or 0 where the kernel serves many
##   any_place  (across) whether an input's pattern is any: each result's place is computed then
##   numbered   the type of the elements' numbers r, which a search accumulates as well, or None
##   places     whether the total is a key and a place, which are stored apart
##   kept, reduced   axes of each sort after collapsing; e1.. and f1.. are their lengths
##   PANEL      (across) vectors of results a work-item holds: the tunable, or fewer where results are few
##   STREAMS    (across, CPU) elements of a lane that are read at once: the tunable, or 1 where the map is long
##   ahead      (along, CPU) the inputs that are fetched ahead of their use
##   joined     (along, CPU) whether a task takes all blocks of its result, which are at most LANES, and joins them itself
##   teams      (along, GPU) teams in a work-group, of an item for each `width` lanes; whole vectors of elements, aligned, where these are several
##   width      elements a vector
##   family, index, signed_index   as in elementwise.cl.mako
##
## Buffers: for each input its strides over the kept axes (s_k_e) and the reduced axes (t_k_f).
## A task is one block (joined: all blocks) of one result (along), of width * PANEL results (across) of width results (rows),
## or of all results (flat).
## Launch: cpu: ceil(tasks / chunk) groups of 1. gpu along: groups of teams * LANES / width items, one team a
## task; gpu across: items stride over tasks.
## Each walk stands in a file of reduce/.
<%namespace name="cache" file="/lib/cache.cl.mako"/>
% if ahead:
${cache.prefetch()}
% endif
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% elif shape == "along":
__attribute__((reqd_work_group_size(${LANES // width * teams}, 1, 1)))
% endif
void reduce(
% for parameter in e.parameters():
    ${parameter},
% endfor
    __global ${"ushort" if half else stored.scalar} *out,
% if places:
    __global long *places,
% endif
% for d in range(1, kept):
    const ${index} e${d},
% endfor
% for d in range(1, reduced):
    const ${index} f${d},
% endfor
% for k in e.buffers:
%   for d in range(kept):
    const ${signed_index} s${k}_${d},
%   endfor
%   for d in range(reduced):
    const ${signed_index} t${k}_${d},
%   endfor
% endfor
    const ${index} results, const ${index} n, const ${index} blocks, const ${index} tasks, const ${index} chunk)
{
% for line in e.constants():
    ${line}
% endfor
% if shape in ("across", "rows", "flat"):
<%include file="reduce/${shape}.cl.mako"/>
% elif family == "cpu":
<%include file="reduce/along_cpu.cl.mako"/>
% else:
<%include file="reduce/along_gpu.cl.mako"/>
% endif
}
