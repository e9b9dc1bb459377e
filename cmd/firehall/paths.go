package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/firehall/firehall/internal/core/problem"
)

// dir is the working directory of who typed the command.
func (s *session) dir() (string, error) {
	if s.host != nil {
		return s.host.call.Dir, nil
	}
	return os.Getwd()
}

// path is a path as whoever typed the command means it.
func (s *session) path(name string) string {
	if s.host == nil || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.host.call.Dir, name)
}

// tidyPath writes a path as seen from there, if that is shorter.
func (s *session) tidyPath(path string) string {
	here, err := s.dir()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && len(rel) < len(path) && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// pathMapper reads a path of the command line, made absolute, of which something must be true.
type pathMapper struct {
	session *session
	check   func(path string) error
}

// Decode reads the flag's value.
func (m pathMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	var name string
	if err := ctx.Scan.PopValueInto("path", &name); err != nil {
		return err
	}
	if name != "-" {
		name = kong.ExpandPath(m.session.path(name))
		if err := m.check(name); err != nil {
			return err
		}
	}
	target.SetString(name)
	return nil
}

func anything(string) error { return nil }

func aFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return problem.New(problem.Invalid, "%s is a folder, and a file is needed", path)
	}
	return nil
}

func aFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return problem.New(problem.Invalid, "%s is a file, and a folder is needed", path)
	}
	return nil
}
