package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/nearest"
)

const envPrefix = "FIREHALL_"

// environment returns our variables by name.
func environment(environ []string) map[string]string {
	out := map[string]string{}
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, envPrefix) {
			out[name] = value
		}
	}
	return out
}

// fromEnvironment overrides a section. A variable that starts like one of the
// section's and is none is an error; variables of other beginnings are not ours.
func (b *binder) fromEnvironment(section string, v reflect.Value, env map[string]string) {
	prefix := envPrefix + strings.ToUpper(section) + "_"
	var names []string
	for _, f := range fields(v.Type()) {
		dst, name := v.Field(f.index), prefix+strings.ToUpper(f.key)
		if dst.Kind() == reflect.Map {
			continue
		}
		names = append(names, name)
		if value, ok := env[name]; ok {
			if err := fromText(dst, value); err != nil {
				b.complainEnv(name, err.Error())
			}
		}
		if f.secret {
			names = append(names, name+"_FILE")
			if file, ok := env[name+"_FILE"]; ok {
				b.secret(name, dst, file, env[name] != "")
			}
		}
	}
	for name := range env {
		if strings.HasPrefix(name, prefix) && !slices.Contains(names, name) {
			b.complainEnv(name, "unknown variable"+nearest.Hint(name, names))
		}
	}
}
