import { KeyedRandom } from '@kb/model';
import { expect, test } from 'vitest';
import { CALIBRATION_METHODS, SourceCalibration, StrategyError } from '../../src/index.ts';

/** Says 0.05 to 0.95; what it says comes true as often as `chance` tells. */
function feed(calibration: SourceCalibration, count: number, chance: (said: number) => number, seed = 1): void {
  const random = new KeyedRandom(seed, 'source');
  for (let index = 0; index < count; index += 1) {
    const said = 0.05 + 0.9 * random.at(index);
    calibration.resolve(said, calibration.calibrate(said), random.at(index, 1) < chance(said) ? 1 : 0);
  }
}

/** 90 stated, 58 realised. */
const overConfident = (said: number): number => 0.5 + 0.2 * (said - 0.5);
const noise = (): number => 0.5;

test('before 200 outcomes a probability is drawn towards a half, by n in n + 200', () => {
  const calibration = new SourceCalibration();
  expect(calibration.calibrate(0.9)).toBe(0.5);
  feed(calibration, 100, (said) => said);
  expect(calibration.calibrate(0.9)).toBeCloseTo(0.5 + (0.4 * 100) / 300, 12);
  expect(calibration.muted).toBe(false);
});

test.each(CALIBRATION_METHODS)('%s brings the words of an over-confident source down to what comes true', (method) => {
  const calibration = new SourceCalibration({ method, window: 5_000 });
  feed(calibration, 5_000, (said) => 0.5 + 0.6 * (said - 0.5));
  for (const said of [0.1, 0.3, 0.7, 0.9]) {
    expect(Math.abs(calibration.calibrate(said) - (0.5 + 0.6 * (said - 0.5)))).toBeLessThan(0.1);
  }
  expect(calibration.muted).toBe(false);
});

test('a source without skill is muted, goes on being scored, and is heard again when it has become good', () => {
  const calibration = new SourceCalibration();
  feed(calibration, 1_000, noise, 4);
  expect(calibration.skill).toBeLessThan(0);
  expect(calibration.muted).toBe(true);
  feed(calibration, 1_000, (said) => said, 5);
  expect(calibration.skill).toBeGreaterThan(0.1);
  expect(calibration.muted).toBe(false);
});

test('isotonic steps wait for 500 outcomes', () => {
  const calibration = new SourceCalibration({ method: 'isotonic' });
  feed(calibration, 499, overConfident);
  expect(calibration.calibrate(0.9)).toBeCloseTo(0.5 + (0.4 * 499) / 699, 12);
  feed(calibration, 1, overConfident);
  expect(calibration.calibrate(0.9)).toBeLessThan(0.75);
});

test.each(CALIBRATION_METHODS)('restored in mid-run %s goes on as before', (method) => {
  for (const at of [0, 1, 210, 733]) {
    const whole = new SourceCalibration({ method });
    feed(whole, at, overConfident);
    const resumed = new SourceCalibration({ method });
    const state: unknown = JSON.parse(JSON.stringify(whole.snapshot()));
    resumed.restore(state);
    for (const calibration of [whole, resumed]) feed(calibration, 300, overConfident, 2);
    expect(resumed.snapshot()).toEqual(whole.snapshot());
    expect([resumed.skill, resumed.muted]).toEqual([whole.skill, whole.muted]);
  }
});

test('states of another method, or with what is no probability, are refused', () => {
  const calibration = new SourceCalibration({ method: 'platt' });
  feed(calibration, 3, noise);
  const state = { ...Object(calibration.snapshot()) };
  expect(() => new SourceCalibration().restore(state)).toThrow(/expected method betaBin, was "platt"/);
  const fresh = new SourceCalibration({ method: 'platt' });
  for (const bad of [
    undefined,
    { ...state, raw: [0.5, 2, 0.5] },
    { ...state, resolved: -1 },
    { ...state, stated: [] },
  ]) {
    expect(() => fresh.restore(bad)).toThrow(StrategyError);
  }
  expect(() => new SourceCalibration({ minResolved: -1, window: 0 })).toThrow(/minResolved.*window/);
});
