package account

// cache remembers who accounts are.
type cache struct{}
