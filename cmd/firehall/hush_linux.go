package main

import "golang.org/x/sys/unix"

// hushed keeps a terminal from showing what is typed until back is called; false if it is no terminal.
func hushed(fd int) (back func(), ok bool) {
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, false
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return nil, false
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }, true
}
