/* Compiles the whole interface once as C, so that an error in a header shows in this package's own build. */
#include <gantry/gantry.h>

_Static_assert(sizeof(gantry_node_v1) == 20, "the host and every module agree on the layout of a document");
_Static_assert(sizeof(gantry_note_v1) == 196, "the note is read from the file byte by byte");
