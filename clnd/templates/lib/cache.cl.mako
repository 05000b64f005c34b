## What a kernel for CPUs may tell the caches, where the compiler has a word for it; else nothing. Not functions of a
## type: a kernel template takes them in by <%namespace>.
##
## NO_STREAMS (runtime/quirks.py) leaves them out: some drivers that have the words fail at them.

<%def name="prefetch()">
// Fetch the line that an address lies in ahead of its use. Any address will do.
#define PREFETCH(address)
#if defined(__has_builtin) && !defined(NO_STREAMS)
#if __has_builtin(__builtin_prefetch)
#undef PREFETCH
#define PREFETCH(address) __builtin_prefetch(address)
#endif
#endif
</%def>

<%def name="streams()">
// Stores past the caches; STREAMED follows the last of them, for they are ordered by nothing else: another core may read
// the result when this group is done.
#define STREAM(x, to) (*(to) = (x))
#define STREAMED()
#if defined(__has_builtin) && !defined(NO_STREAMS)
#if __has_builtin(__builtin_nontemporal_store) && __has_builtin(__sync_synchronize)
#undef STREAM
#undef STREAMED
#define STREAM(x, to) __builtin_nontemporal_store(x, to)
#define STREAMED() __sync_synchronize()
#endif
#endif
</%def>
