//go:build !linux

package duck

func restrict(settings) error { return nil }

func hasLandlock() bool { return false }
