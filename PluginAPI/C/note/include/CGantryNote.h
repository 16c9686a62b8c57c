/* CGantryNote declares nothing: linking its one object is what puts the note into a module's library. */
#ifndef GANTRY_NOTE_OBJECT_H
#define GANTRY_NOTE_OBJECT_H
#endif
