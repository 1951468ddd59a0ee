package main

import (
	"context"
	"io"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/performance"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// around is what lies outside a machine.
type around struct {
	Free    int64
	Thin    *bool
	Written []int64
	Log     string
}

// aroundOf reads a machine's datastore, disk, write rate in KBps, and the end of its log.
func aroundOf(ctx context.Context, client *vim25.Client, vm mo.VirtualMachine) (around, error) {
	found := around{}
	store := object.NewDatastore(client, vm.Datastore[0])
	var told mo.Datastore
	if err := store.Properties(ctx, store.Reference(), []string{"name", "summary"}, &told); err != nil {
		return found, err
	}
	found.Free = told.Summary.FreeSpace
	devices := object.VirtualDeviceList(vm.Config.Hardware.Device)
	for _, device := range devices.SelectByType((*types.VirtualDisk)(nil)) {
		disk := device.GetVirtualDevice().Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		found.Thin = disk.ThinProvisioned
	}
	manager := performance.NewManager(client)
	spec := types.PerfQuerySpec{IntervalId: 20, MaxSample: 1}
	refs := []types.ManagedObjectReference{vm.Self}
	samples, err := manager.SampleByName(ctx, spec, []string{"virtualDisk.write.average"}, refs)
	if err != nil {
		return found, err
	}
	metrics, err := manager.ToMetricSeries(ctx, samples)
	if err != nil {
		return found, err
	}
	for _, series := range metrics[0].Value {
		found.Written = append(found.Written, series.Value...)
	}
	var centers []mo.Datacenter
	if err := list(ctx, client, "Datacenter", []string{"name"}, &centers); err != nil {
		return found, err
	}
	store.InventoryPath, store.DatacenterPath = "/"+told.Name, centers[0].Name
	var path object.DatastorePath
	path.FromString(vm.Config.Files.LogDirectory)
	log, err := store.Open(ctx, path.Path+"vmware.log")
	if err != nil {
		return found, err
	}
	if err := log.Tail(1); err != nil {
		return found, err
	}
	last, err := io.ReadAll(log)
	found.Log = string(last)
	return found, err
}
