package incident

import (
	"os"
	"testing"
)

var temps []string

func mustTemp() string {
	dir, err := os.MkdirTemp("", "incident")
	if err != nil {
		panic(err)
	}
	temps = append(temps, dir)
	return dir
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range temps {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}
