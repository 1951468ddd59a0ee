// Lists the machines and hosts of a vCenter as JSON, so that the lab is judged by a client that is not pyVmomi.
//
// Arguments: the SOAP endpoint's URL and the file with the authority to trust. With a name as the third it
// tells a line for every change of a machine instead, until one has that name. The user and the password come
// from LAB_USERNAME and LAB_PASSWORD. TLS is verified.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

type machine struct {
	ID          string
	Name        string
	UUID        string
	Instance    string
	VMX         string
	MemoryMB    int32
	CPUs        int32
	Power       string
	Heartbeat   string
	GuestState  string
	GuestReady  bool
	Annotation  string
	Host        string
	ManagedBy   string
	DatastoreID string
	Attributes  map[string]string
	Around      around
}

type host struct {
	ID       string
	Name     string
	Product  string
	State    string
	Services map[string]bool
	Machines int
	Worlds   []world
}

type report struct {
	About    string
	Version  string
	Machines []machine
	Hosts    []host
	Tags     map[string][]string
}

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, endpoint, authority string, awaited []string) error {
	at, err := soap.ParseURL(endpoint)
	if err != nil {
		return err
	}
	wire := soap.NewClient(at, false)
	if err := wire.SetRootCAs(authority); err != nil {
		return err
	}
	client, err := vim25.NewClient(ctx, wire)
	if err != nil {
		return err
	}
	manager := session.NewManager(client)
	who := url.UserPassword(os.Getenv("LAB_USERNAME"), os.Getenv("LAB_PASSWORD"))
	if err := manager.Login(ctx, who); err != nil {
		return err
	}
	if len(awaited) > 0 {
		if err := watch(ctx, client, awaited[0]); err != nil {
			return err
		}
		return manager.Logout(ctx)
	}
	found := report{About: client.ServiceContent.About.FullName, Version: client.Version}
	if found.Machines, err = machines(ctx, client); err != nil {
		return err
	}
	if found.Hosts, err = hosts(ctx, client); err != nil {
		return err
	}
	if client.ServiceContent.About.ApiVersion != "5.5" {
		if found.Tags, err = tagsOf(ctx, client, who, found.Machines); err != nil {
			return err
		}
	}
	if err := manager.Logout(ctx); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

type change struct {
	ID   string
	Kind string
	Name interface{}
}

func watch(ctx context.Context, client *vim25.Client, awaited string) error {
	made, err := view.NewManager(client).CreateContainerView(ctx, client.ServiceContent.RootFolder, []string{"VirtualMachine"}, true)
	if err != nil {
		return err
	}
	filter := new(property.WaitFilter).Add(made.Reference(), "VirtualMachine", []string{"name"}, made.TraversalSpec())
	filter.Options = &types.WaitOptions{MaxObjectUpdates: 5}
	out := json.NewEncoder(os.Stdout)
	return property.WaitForUpdates(ctx, property.DefaultCollector(client), filter, func(updates []types.ObjectUpdate) bool {
		for _, update := range updates {
			told := change{ID: update.Obj.Value, Kind: string(update.Kind)}
			for _, changed := range update.ChangeSet {
				told.Name = changed.Val
			}
			if err := out.Encode(told); err != nil || told.Name == awaited {
				return true
			}
		}
		return false
	})
}

func list(ctx context.Context, client *vim25.Client, kind string, properties []string, into interface{}) error {
	made, err := view.NewManager(client).CreateContainerView(ctx, client.ServiceContent.RootFolder, []string{kind}, true)
	if err != nil {
		return err
	}
	if err := made.Retrieve(ctx, []string{kind}, properties, into); err != nil {
		return err
	}
	return made.Destroy(ctx)
}

func machines(ctx context.Context, client *vim25.Client) ([]machine, error) {
	var found []mo.VirtualMachine
	properties := []string{"name", "config", "runtime", "guest", "guestHeartbeatStatus", "summary", "datastore", "customValue", "availableField"}
	if err := list(ctx, client, "VirtualMachine", properties, &found); err != nil {
		return nil, err
	}
	var listed []machine
	var err error
	for _, vm := range found {
		next := machine{
			ID:          vm.Self.Value,
			Name:        vm.Name,
			UUID:        vm.Config.Uuid,
			Instance:    vm.Summary.Config.InstanceUuid,
			VMX:         vm.Config.Files.VmPathName,
			MemoryMB:    vm.Config.Hardware.MemoryMB,
			CPUs:        vm.Config.Hardware.NumCPU,
			Power:       string(vm.Runtime.PowerState),
			Heartbeat:   string(vm.GuestHeartbeatStatus),
			GuestState:  vm.Guest.GuestState,
			GuestReady:  vm.Guest.GuestOperationsReady != nil && *vm.Guest.GuestOperationsReady,
			Annotation:  vm.Config.Annotation,
			Host:        vm.Runtime.Host.Value,
			DatastoreID: vm.Datastore[0].Value,
			Attributes:  map[string]string{},
		}
		for _, value := range vm.CustomValue {
			told := value.(*types.CustomFieldStringValue)
			next.Attributes[object.CustomFieldDefList(vm.AvailableField).ByKey(told.Key).Name] = told.Value
		}
		if vm.Config.ManagedBy != nil {
			next.ManagedBy = vm.Config.ManagedBy.ExtensionKey
		}
		if next.Around, err = aroundOf(ctx, client, vm); err != nil {
			return nil, err
		}
		listed = append(listed, next)
	}
	return listed, nil
}

func hosts(ctx context.Context, client *vim25.Client) ([]host, error) {
	var found []mo.HostSystem
	properties := []string{"name", "config.product", "config.service", "runtime.connectionState", "vm"}
	if err := list(ctx, client, "HostSystem", properties, &found); err != nil {
		return nil, err
	}
	var listed []host
	for _, each := range found {
		services := map[string]bool{}
		for _, service := range each.Config.Service.Service {
			services[service.Key] = service.Running
		}
		running, err := worlds(ctx, client, each.Self)
		if err != nil {
			return nil, err
		}
		listed = append(listed, host{
			ID:       each.Self.Value,
			Name:     each.Name,
			Product:  each.Config.Product.FullName,
			State:    string(each.Runtime.ConnectionState),
			Services: services,
			Machines: len(each.Vm),
			Worlds:   running,
		})
	}
	return listed, nil
}
