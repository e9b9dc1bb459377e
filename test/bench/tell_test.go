package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReported(t *testing.T) {
	tests := []struct {
		name, out string
		want      map[string]map[string]float64
	}{
		{"nothing", "PASS\nok  	x	0.1s\n", map[string]map[string]float64{}},
		{
			"two with units", "goos: linux\nBenchmarkApply/sqlite-2  \t 1\t 42 ns/op\t 15.5 again-cpu-us/fact\t 54591 again-facts/s\n    a_test.go:1: said\n" +
				"BenchmarkApply/postgres \t 1\t 7 ns/op\n",
			map[string]map[string]float64{
				"BenchmarkApply/sqlite": {"ns/op": 42, "again-cpu-us/fact": 15.5, "again-facts/s": 54591}, "BenchmarkApply/postgres": {"ns/op": 7},
			},
		},
		{"no figures", "BenchmarkApply/sqlite-2\n", map[string]map[string]float64{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, reported(tt.out)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEngines(t *testing.T) {
	t.Setenv(postgresVariable, "")
	var without table
	if without.noteEngines(); len(engines()) != 1 || len(without.notes) != 1 {
		t.Errorf("%v, %v", engines(), without.notes)
	}
	t.Setenv(postgresVariable, "postgres://there")
	var with table
	if with.noteEngines(); len(engines()) != 2 || len(with.notes) != 0 {
		t.Errorf("%v, %v", engines(), with.notes)
	}
}
