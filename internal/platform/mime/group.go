package mime

// Group is a group of fields of a report, names in small letters. The first of a name counts.
type Group map[string]string
