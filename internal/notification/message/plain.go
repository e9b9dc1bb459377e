package message

// Fold breaks lines that are too long as the lines of letters are broken: for texts that no template wrote.
func Fold(s string) string { return fold(s) }
