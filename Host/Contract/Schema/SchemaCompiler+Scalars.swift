import GantryJSON

extension SchemaCompiler {
    /// Compiles keywords whose values are no schemas; false where the keyword is none of them.
    mutating func compileScalarKeyword(_ place: SchemaPlace, into node: inout SchemaNode) throws(ContractError) -> Bool
    {
        switch place.keyword {
        case "type": node.types = try compileTypes(place)
        case "const":
            node.const = UInt32(place.value.index)
            node.rules.insert(.const)
        case "enum": try compileEnumeration(place, into: &node)
        case "minimum": (node.minimum, _) = (try place.number(), node.rules.insert(.minimum))
        case "maximum": (node.maximum, _) = (try place.number(), node.rules.insert(.maximum))
        case "exclusiveMinimum":
            (node.exclusiveMinimum, _) = (try place.number(), node.rules.insert(.exclusiveMinimum))
        case "exclusiveMaximum":
            (node.exclusiveMaximum, _) = (try place.number(), node.rules.insert(.exclusiveMaximum))
        case "multipleOf":
            guard try place.number() > 0 else { throw place.error(.malformed, "\"multipleOf\" must be above 0") }
            guard place.value.decimal?.droppedDigits == 0 else {
                throw place.error(.malformed, "\"multipleOf\" has more than 19 digits")
            }
            node.multipleOf = UInt32(place.value.index)
            node.rules.insert(.multipleOf)
        case "minLength": (node.minLength, _) = (try place.count(), node.rules.insert(.length))
        case "maxLength": (node.maxLength, _) = (try place.count(), node.rules.insert(.length))
        case "minItems": (node.minItems, _) = (try place.count(), node.rules.insert(.itemCount))
        case "maxItems": (node.maxItems, _) = (try place.count(), node.rules.insert(.itemCount))
        case "uniqueItems": if try place.flag() { node.rules.insert(.uniqueItems) }
        case "minProperties":
            (node.minProperties, _) = (try place.count(), node.rules.formUnion([.memberCount, .needsDistinctMembers]))
        case "maxProperties":
            (node.maxProperties, _) = (try place.count(), node.rules.formUnion([.memberCount, .needsDistinctMembers]))
        case "pattern":
            node.pattern = try compilePattern(try place.string(), at: place)
            node.rules.insert(.pattern)
        case "format": try compileFormat(place, into: &node)
        case "dependentRequired":
            for member in try place.members() { _ = try member.strings() }
            node.dependentRequired = UInt32(place.value.index)
            node.rules.insert(.dependentRequired)
        // Compiled together by `compileMembers`.
        case "properties", "required", "additionalProperties": break
        default: return false
        }
        return true
    }

    private func compileTypes(_ place: SchemaPlace) throws(ContractError) -> TypeSet {
        let names = place.value.kind == .string ? [try place.string()] : try place.strings()
        var types: TypeSet = []
        for name in names {
            switch name {
            case "null": types.insert(.null)
            case "boolean": types.insert(.boolean)
            case "integer": types.insert(.integer)
            case "number": types.insert(.number)
            case "string": types.insert(.string)
            case "array": types.insert(.array)
            case "object": types.insert(.object)
            default: throw place.error(.malformed, "There is no type \"\(name)\"")
            }
        }
        return types
    }

    private mutating func compileEnumeration(_ place: SchemaPlace, into node: inout SchemaNode) throws(ContractError) {
        let values = try place.elements()
        guard values.count < Int(UInt16.max) else { throw place.error(.malformed, "The enum has too many values") }
        node.enumeration = UInt32(place.value.index)
        node.rules.insert(.enumeration)
        let strings = values.compactMap(\.value.string)
        guard strings.count == values.count, Set(strings).count == strings.count else { return }
        node.enumerationNames = names.add(strings.map { ($0, -1, false, false) })
    }

    private func compileFormat(_ place: SchemaPlace, into node: inout SchemaNode) throws(ContractError) {
        let name = try place.string()
        guard let format = Format(rawValue: name) else {
            throw place.error(.unknownFormat, "The format \"\(name)\" is not known")
        }
        node.format = format
        switch format {
        case .password, .binary, .double: break
        default: node.rules.insert(format.concernsStrings ? .stringFormat : .numberFormat)
        }
    }
}
