import { margins, type SettingName } from '../state/settings.ts';
import { edit } from '../state/store.ts';
import { count } from '../state/format.ts';
import { parameterCount } from '../state/settings.ts';
import { useApp } from './context.ts';
import { Choice, Segments, Stepper, TextField } from './Field.tsx';

const recipeNames = [{ value: 'auto', text: 'chosen by trials' }, { value: 'own', text: 'my own' }];
const transferNames = [
  { value: 'none', text: 'none' }, { value: 'jitter', text: 'jitter' }, { value: 'mixup', text: 'mixup' }, { value: 'munge', text: 'MUNGE' },
];

/** The controls of the settings, each beside its message; locked while a run goes. */
function useSetting(name: SettingName) {
  const { store } = useApp();
  const settings = store.settings.value;
  return {
    id: `setting-${name}`,
    value: settings[name],
    error: store.understood.value.errors[name],
    disabled: store.locked.value,
    onChange: (text: string) => edit(store, name, text),
  };
}

export function TeacherControls() {
  return (
    <div class="controls">
      <Stepper label="Teachers" {...useSetting('teachers')} />
      <TextField label="Shape" {...useSetting('teacherShape')} />
    </div>
  );
}

export function StudentControls() {
  const { store } = useApp();
  const temperature = useSetting('temperature'), softWeight = useSetting('softWeight'), transfer = useSetting('transfer');
  const { columns, classes } = store.shape.value;
  const sizes = store.understood.value.value?.sizes;
  const range = sizes ? `${count(parameterCount(columns, sizes[0]!, classes))} to ${count(parameterCount(columns, sizes.at(-1)!, classes))} parameters` : '';
  return (
    <>
      <div class="controls">
        <TextField label="Sizes" wide {...useSetting('sizes')} />
        <Stepper label="Seeds" {...useSetting('seeds')} />
        <span class="hint">{range}</span>
      </div>
      <details class="advanced">
        <summary>Advanced: recipe, epochs, dropout, seed</summary>
        <div class="controls grid">
          <Choice label="Recipe" options={recipeNames} {...useSetting('recipe')} />
          {store.settings.value.recipe === 'own' && (
            <>
              <TextField label="Temperature" numeric {...temperature} />
              <TextField label="Soft weight" numeric {...softWeight} />
              <Choice label="Transfer rows" options={transferNames} {...transfer} />
            </>
          )}
          <TextField label="Teacher epochs" numeric {...useSetting('teacherEpochs')} />
          <TextField label="Student epochs" numeric {...useSetting('studentEpochs')} />
          <TextField label="Dropout" numeric {...useSetting('dropout')} />
          <TextField label="Seed" numeric {...useSetting('seed')} />
        </div>
      </details>
    </>
  );
}

export function MarginControl() {
  const { store, actions } = useApp();
  return (
    <div class="controls margin">
      <Segments name="margin" legend="Margin, in points" value={store.margin.value} disabled={store.locked.value}
        options={margins.map((margin) => ({ value: margin, text: String(margin * 100) }))}
        onChange={(margin) => actions.setMargin(margin)} />
      <span class="hint">{store.margin.value === 0.01 ? 'point' : 'points'} to the ensemble</span>
    </div>
  );
}
