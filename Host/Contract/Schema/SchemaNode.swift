/// Index of a compiled schema in its table; negative for none.
typealias SchemaIndex = Int32

/// A run of schema indices in the table's lists.
struct SchemaList {
    var start: UInt32 = 0
    var count: UInt32 = 0
}

/// A hash table of names in the table's arenas.
struct NameTable {
    var slots: UInt32 = 0
    var mask: UInt32 = 0
    var entries: UInt32 = 0
    var count: UInt32 = 0
}

/// One name of a `NameTable`.
struct NameEntry {
    var nameOffset: UInt32
    var nameLength: UInt32
    /// The schema of the member, or negative.
    var schema: SchemaIndex
    var isRequired: Bool
    /// Whether the policy trims the member's text.
    var isTrimmed: Bool
}

/// JSON types as a set; an integer is a number too, so `number` admits both.
struct TypeSet: OptionSet {
    var rawValue: UInt8

    static let null = TypeSet(rawValue: 1)
    static let boolean = TypeSet(rawValue: 2)
    static let integer = TypeSet(rawValue: 4)
    static let number = TypeSet(rawValue: 8)
    static let string = TypeSet(rawValue: 16)
    static let array = TypeSet(rawValue: 32)
    static let object = TypeSet(rawValue: 64)
    static let all = TypeSet(rawValue: 127)
}

/// A compiled schema. Trivial on purpose: checking follows raw pointers and never counts references.
struct SchemaNode {
    /// Which of the fields below hold a rule.
    struct Rules: OptionSet {
        var rawValue: UInt32

        static let never = Rules(rawValue: 1 << 0)
        static let const = Rules(rawValue: 1 << 1)
        static let enumeration = Rules(rawValue: 1 << 2)
        static let minimum = Rules(rawValue: 1 << 3)
        static let maximum = Rules(rawValue: 1 << 4)
        static let exclusiveMinimum = Rules(rawValue: 1 << 5)
        static let exclusiveMaximum = Rules(rawValue: 1 << 6)
        static let multipleOf = Rules(rawValue: 1 << 7)
        static let numberFormat = Rules(rawValue: 1 << 8)
        static let length = Rules(rawValue: 1 << 9)
        static let pattern = Rules(rawValue: 1 << 10)
        static let stringFormat = Rules(rawValue: 1 << 11)
        static let items = Rules(rawValue: 1 << 12)
        static let itemCount = Rules(rawValue: 1 << 13)
        static let uniqueItems = Rules(rawValue: 1 << 14)
        static let contains = Rules(rawValue: 1 << 15)
        static let members = Rules(rawValue: 1 << 16)
        static let memberCount = Rules(rawValue: 1 << 17)
        static let propertyNames = Rules(rawValue: 1 << 18)
        static let dependentRequired = Rules(rawValue: 1 << 19)
        static let dependentSchemas = Rules(rawValue: 1 << 20)
        static let reference = Rules(rawValue: 1 << 21)
        static let allOf = Rules(rawValue: 1 << 22)
        static let anyOf = Rules(rawValue: 1 << 23)
        static let oneOf = Rules(rawValue: 1 << 24)
        static let not = Rules(rawValue: 1 << 25)
        static let conditional = Rules(rawValue: 1 << 26)
        /// `additionalProperties: false`.
        static let closed = Rules(rawValue: 1 << 27)
        /// The members cannot be judged one by one while they are read: a repeated name must be known beforehand.
        static let needsDistinctMembers = Rules(rawValue: 1 << 28)
        static let verbatim = Rules(rawValue: 1 << 29)

        static let literals: Rules = [.const, .enumeration]
        static let numeric: Rules = [
            .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum, .multipleOf, .numberFormat,
        ]
        static let textual: Rules = [.length, .pattern, .stringFormat]
        static let sequential: Rules = [.items, .itemCount, .uniqueItems, .contains]
        static let structural: Rules = [
            .members, .memberCount, .propertyNames, .dependentRequired, .dependentSchemas,
        ]
        static let combined: Rules = [.reference, .allOf, .anyOf, .oneOf, .not, .conditional]
    }

    var rules: Rules = []
    var types: TypeSet = .all
    /// The types that this schema and all those it combines leave possible.
    var admittedTypes: TypeSet = .all
    var format: Format = .binary

    var minimum = -Double.infinity
    var maximum = Double.infinity
    var exclusiveMinimum = -Double.infinity
    var exclusiveMaximum = Double.infinity
    /// Place of `multipleOf` in the document.
    var multipleOf: UInt32 = 0

    var minLength: UInt32 = 0
    var maxLength = UInt32.max
    var minItems: UInt32 = 0
    var maxItems = UInt32.max
    var minProperties: UInt32 = 0
    var maxProperties = UInt32.max
    var minContains: UInt32 = 1
    var maxContains = UInt32.max
    var pattern: Int32 = -1

    /// Places of `const` and of the `enum` array in the document.
    var const: UInt32 = 0
    var enumeration: UInt32 = 0
    /// The `enum`, where all its values are strings.
    var enumerationNames = NameTable()

    var properties = NameTable()
    var requiredMask: UInt64 = 0
    var additionalProperties: SchemaIndex = -1
    var propertyNames: SchemaIndex = -1
    /// Pairs of pattern and schema.
    var patternProperties = SchemaList()
    /// Place of `dependentRequired` in the document.
    var dependentRequired: UInt32 = 0
    /// Pairs of the name's place in the document and schema.
    var dependentSchemas = SchemaList()

    var items: SchemaIndex = -1
    var prefixItems = SchemaList()
    var contains: SchemaIndex = -1

    var reference: SchemaIndex = -1
    var allOf = SchemaList()
    var anyOf = SchemaList()
    var oneOf = SchemaList()
    var not: SchemaIndex = -1
    var condition: SchemaIndex = -1
    var consequence: SchemaIndex = -1
    var alternative: SchemaIndex = -1
}
