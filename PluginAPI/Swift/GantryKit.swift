// A module imports GantryKit alone: the C types that its entry names and the JSON reader and writer come with it.
@_exported public import CGantry
@_exported public import GantryJSON
