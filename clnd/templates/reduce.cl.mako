## A reduction with a fused map stage, in the canonical order.
##
## The reduced elements of each result are numbered r = 0 .. n-1 in row-major order of the reduced
## axes and cut in blocks of BLOCK. In a block, lane r mod LANES takes its elements in order, the
## first one starting the lane; lanes combine by adjacent pairs (2i, 2i+1), absent lanes skipped.
## Block results are reduced by the same rule, by another launch. The order depends on nothing else.
##
##   e          the map stage at this kernel's width (kernels/emit.py); its outputs (one, or two for products) are what is accumulated
##   start, step, combine   C over x1 (and x2), acc and the two partial results a and b
##   ACC        type accumulated in (a CType of width 1); finish makes the STORED result of total, rounded to half if HALF
##   SHAPE      along: vectors run along r (rows); across: vectors run along the results (columns)
##   patterns   along: unit, same, strided along the innermost reduced axis, or along: any of these, found out at run time
##              across: unit, same, strided along the innermost kept axis, any (short axes)
##   NUMBERED   the type of the elements' numbers r, which a search accumulates as well, or None
##   PLACES     whether the total is a key and a place, which are stored apart
##   KEPT, REDUCED   axes of each sort after collapsing;  e1.. and f1.. are their lengths
##   PANEL      (across) vectors of results a work-item holds
##   LEVELS     log2(LANES)
##   STREAMS    (across, CPU) elements of a lane that are read at once
##   AHEAD      (along, CPU) the inputs that are fetched ahead of their use
##   JOINED     (along, CPU) whether a task takes all blocks of its result, which are at most LANES, and joins them itself
##   WIDTH, FAMILY, IDX   as in elementwise.cl.mako
##
## Buffers: for each input its strides over the kept axes (s_k_e) and the reduced axes (t_k_f).
## A task is one block (JOINED: all blocks) of one result (along) or of WIDTH * PANEL results (across).
## Launch: cpu: ceil(tasks / chunk) groups of 1. gpu along: groups of TEAMS * LANES items, one team a
## task; gpu across: items stride over tasks.
<%namespace name="cache" file="/lib/cache.cl.mako"/>
% if AHEAD:
${cache.prefetch()}
% endif
__kernel
% if FAMILY == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% elif SHAPE == "along":
__attribute__((reqd_work_group_size(${LANES * TEAMS}, 1, 1)))
% endif
void reduce(
% for parameter in e.parameters():
    ${parameter},
% endfor
    __global ${"ushort" if HALF else STORED.scalar} *out,
% if PLACES:
    __global long *places,
% endif
% for d in range(1, KEPT):
    const ${IDX} e${d},
% endfor
% for d in range(1, REDUCED):
    const ${IDX} f${d},
% endfor
% for k in e.buffers:
%   for d in range(KEPT):
    const ${SIDX} s${k}_${d},
%   endfor
%   for d in range(REDUCED):
    const ${SIDX} t${k}_${d},
%   endfor
% endfor
    const ${IDX} results, const ${IDX} n, const ${IDX} blocks, const ${IDX} tasks, const ${IDX} chunk)
{
% for line in e.constants():
    ${line}
% endfor
% if SHAPE == "across":
<%include file="reduce/across.cl.mako"/>
% elif FAMILY == "cpu":
<%include file="reduce/along_cpu.cl.mako"/>
% else:
<%include file="reduce/along_gpu.cl.mako"/>
% endif
}
