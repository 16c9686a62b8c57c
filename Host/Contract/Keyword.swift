/// The rule of a schema or of the policy that a value breaks.
public enum Keyword: Sendable, Hashable {
    /// The value is of another type.
    case type
    /// The value is none of those listed.
    case enumeration
    /// The value is not the one demanded.
    case const
    /// A member or parameter is missing.
    case required
    /// A member is missing that another one demands.
    case dependentRequired
    /// The schema does not know the member.
    case additionalProperties
    /// The member's name breaks a rule.
    case propertyNames
    /// The object has too few members.
    case minProperties
    /// The object has too many members.
    case maxProperties
    /// The array has too few elements.
    case minItems
    /// The array has too many elements.
    case maxItems
    /// The array repeats an element.
    case uniqueItems
    /// Too few or too many elements are of the kind that the array must contain.
    case contains
    /// The string is too short.
    case minLength
    /// The string is too long.
    case maxLength
    /// The string does not match the pattern.
    case pattern
    /// The string, or number, is not of the named format.
    case format(String)
    /// The number is too small.
    case minimum
    /// The number is too large.
    case maximum
    /// The number is too small; the bound itself is.
    case exclusiveMinimum
    /// The number is too large; the bound itself is.
    case exclusiveMaximum
    /// The number is no multiple of the one demanded.
    case multipleOf
    /// The value has none of the allowed forms.
    case anyOf
    /// The value has none, or more than one, of the allowed forms.
    case oneOf
    /// The value has a form that is excluded.
    case not
    /// No value is allowed here.
    case never
    /// The string holds a control character.
    case controlCharacter
    /// The value makes the forms of its schema contain each other so often that checking all would take too long.
    case tooIntricate

    /// The keyword as schemas spell it, without the format's name; `false` and `controlCharacter` for the last two.
    public var name: String {
        switch self {
        case .enumeration: "enum"
        case .format: "format"
        case .never: "false"
        default: "\(self)"
        }
    }
}
